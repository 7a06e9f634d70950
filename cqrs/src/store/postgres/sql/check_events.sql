SELECT position, version, name, schema_version, payload, id, metadata, category, key,
       correlation_id::text, tenant, time
FROM events ORDER BY position
