SELECT events.position, category, key, version, id, name, schema_version, payload, metadata
FROM events
