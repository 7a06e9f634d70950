SELECT command_id, name, category, key, code, error, metadata
FROM failures ORDER BY time DESC, number DESC LIMIT $1
