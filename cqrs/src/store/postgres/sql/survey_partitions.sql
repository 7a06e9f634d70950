SELECT name, version, position, started_at, epoch, owner, owner IS NULL OR lease_until <= clock_timestamp()
FROM subscriptions WHERE name = ANY ($1)
