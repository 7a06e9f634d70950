INSERT INTO dead_letters
    (handler, category, key, position, version, state, attempts, error, time, retry_at, queue)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (handler, category, key, position) DO UPDATE
SET state = excluded.state, attempts = excluded.attempts, error = excluded.error,
    retry_at = excluded.retry_at, queue = excluded.queue
-- Somebody may have skipped its event since it was called.
WHERE dead_letters.state <> 'resuming' OR excluded.state = 'resuming'
