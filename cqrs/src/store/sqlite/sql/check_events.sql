SELECT position, category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time
FROM events ORDER BY position
