SELECT events.position, version, id, name, schema_version, payload, metadata, category, key
FROM event_tags JOIN events ON events.position = event_tags.position
