UPDATE subscriptions SET lease_until = clock_timestamp() + $4 * interval '1 microsecond'
WHERE name = $1 AND owner = CAST($2 AS uuid) AND epoch = $3
