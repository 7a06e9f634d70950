SELECT "position", version, name, schema_version, payload, id, metadata, category, key, committed, holders, prepared
FROM read_log($1, $2, $3, $4, $5)
