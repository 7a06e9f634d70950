INSERT OR IGNORE INTO projection_objects (projection, kind, name) VALUES (?1, ?2, ?3)
