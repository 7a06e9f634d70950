SELECT handler, category, key, position, version, state, attempts, error, time, retry_at, queue
FROM dead_letters
WHERE handler = ?1 AND (?2 IS NULL OR state = ?2) AND (category, key, position) > (?3, ?4, ?5)
ORDER BY category, key, position LIMIT ?6
