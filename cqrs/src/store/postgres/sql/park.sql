INSERT INTO dead_letters (handler, category, key, position, version, state, attempts, error, time, retry_at, queue)
SELECT $1, $2, $3, $4, $5,
       -- A stream that was freed in the meantime has nothing to queue behind.
       CASE WHEN $6 = 'queued' AND NOT EXISTS (
           SELECT FROM dead_letters WHERE handler = $1 AND category = $2 AND key = $3 AND position < $4
       ) THEN 'retrying' ELSE $6 END,
       $7, $8, $9, $10, $11
ON CONFLICT (handler, category, key, position)
DO UPDATE SET state = excluded.state, attempts = excluded.attempts, error = excluded.error
WHERE excluded.state = 'failed'
