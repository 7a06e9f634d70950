SELECT handler, category, key, position, version, state, attempts, error, time, retry_at, queue
FROM dead_letters WHERE handler = ?1 ORDER BY category, key, position
