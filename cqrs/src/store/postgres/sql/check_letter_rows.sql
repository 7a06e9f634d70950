SELECT handler, category, key, position, version, state, attempts, error, time, retry_at, queue,
       'of `' || handler || '` for the event of stream ' || category || '/' || key || ' at position ' || position
FROM dead_letters
