SELECT events.position, version, name, schema_version, payload, id, metadata, category, key
FROM event_tags JOIN events ON events.position = event_tags.position
