SELECT handler, category, key, position, version, state, attempts, error, time
FROM dead_letters WHERE handler = $1 ORDER BY category, key, position
