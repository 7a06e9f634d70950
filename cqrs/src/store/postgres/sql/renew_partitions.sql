UPDATE subscriptions SET lease_until = clock_timestamp() + $3 * interval '1 microsecond'
WHERE name IN (
    -- One whose checkpoint moves at this moment is renewed the next time.
    SELECT name FROM subscriptions WHERE name = ANY ($1) AND owner = CAST($2 AS uuid) FOR UPDATE SKIP LOCKED
)
