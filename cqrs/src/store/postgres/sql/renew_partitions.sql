UPDATE subscriptions
SET lease_until = clock_timestamp() + $3 * interval '1 microsecond',
    -- What a former owner has said is not carried along for ever.
    stopped = CASE WHEN stopped_epoch = epoch THEN stopped END
WHERE name IN (
    -- One whose checkpoint moves at this moment is renewed the next time.
    SELECT name FROM subscriptions WHERE name = ANY ($1) AND owner = CAST($2 AS uuid) FOR UPDATE SKIP LOCKED
)
