SELECT handler, category, key, position, version, state, attempts, error, time, retry_at, queue,
       'of `' || handler || '` for the event of stream ' || category || '/' || key || ' at position ' || position
FROM dead_letters
WHERE handler = $1 AND ($2::text IS NULL OR state = $2) AND (category, key, position) > ($3, $4, $5)
ORDER BY category, key, position LIMIT $6
