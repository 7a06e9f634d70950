SELECT events.position, version, name, schema_version, payload, id, metadata, category, key
FROM events