SELECT position, version, id, name, schema_version, payload, metadata, category, key, correlation_id, tenant, time
FROM events ORDER BY position
