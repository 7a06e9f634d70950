SELECT name, version, position, started_at, epoch, owner,
    owner IS NULL OR lease_until IS NULL OR lease_until <= clock_timestamp()
    -- Longer than any lease: not written by this library.
    OR lease_until > clock_timestamp() + $2 * interval '1 microsecond',
    CASE WHEN stopped_epoch = epoch THEN stopped END
FROM subscriptions WHERE name = ANY ($1)
