SELECT command_id, name, category, key, code, error, metadata, number, correlation_id, time
FROM failures WHERE correlation_id = ?2 ORDER BY time DESC, number DESC LIMIT ?1
