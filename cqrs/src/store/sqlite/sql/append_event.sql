INSERT INTO events
    (category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
