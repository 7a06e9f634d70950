SELECT category, key, ended, version, position, next_due, category || '/' || key FROM process_rows
WHERE category = $1 AND ended = $2 AND key > $3 ORDER BY key LIMIT $4
