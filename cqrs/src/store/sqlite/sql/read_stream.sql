SELECT events.position, version, id, name, schema_version, payload, metadata
FROM events
