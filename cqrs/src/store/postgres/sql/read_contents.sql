SELECT events.position, version, name, schema_version, payload
FROM events