INSERT INTO event_tags (tag, position) VALUES (?1, ?2) ON CONFLICT DO NOTHING
