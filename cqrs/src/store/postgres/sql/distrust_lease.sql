UPDATE subscriptions SET lease_until = clock_timestamp()
WHERE name = $1 AND owner IS NOT NULL
    AND (lease_until IS NULL OR lease_until > clock_timestamp() + $2 * interval '1 microsecond')
