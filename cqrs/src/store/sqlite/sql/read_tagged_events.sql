SELECT events.position, category, key, version, id, name, schema_version, payload, metadata
FROM event_tags CROSS JOIN events ON events.position = event_tags.position
