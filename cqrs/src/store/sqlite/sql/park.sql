INSERT INTO dead_letters (handler, category, key, position, version, state, attempts, error, time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT DO UPDATE SET state = excluded.state, attempts = excluded.attempts, error = excluded.error
WHERE excluded.state = 'failed'
