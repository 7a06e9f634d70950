SELECT command_id, name, category, key, code, error, metadata, correlation_id, time, number::text
FROM failures WHERE correlation_id = CAST($2 AS uuid) ORDER BY time DESC, number DESC LIMIT $1
