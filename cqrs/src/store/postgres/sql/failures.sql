SELECT command_id, name, category, key, code, error, metadata, correlation_id, time, number::text
FROM failures ORDER BY time DESC, number DESC LIMIT $1
