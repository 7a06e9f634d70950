UPDATE subscriptions
SET owner = CAST($2 AS uuid), epoch = epoch + 1, lease_until = clock_timestamp() + $3 * interval '1 microsecond'
WHERE name = $1 AND (
    owner IS NULL OR owner = CAST($2 AS uuid) OR lease_until IS NULL OR lease_until <= clock_timestamp()
    -- Longer than any lease: not written by this library.
    OR lease_until > clock_timestamp() + $4 * interval '1 microsecond'
)
RETURNING epoch
