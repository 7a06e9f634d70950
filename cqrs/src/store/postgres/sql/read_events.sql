SELECT events.position, version, id, name, schema_version, payload, metadata, category, key
FROM events
