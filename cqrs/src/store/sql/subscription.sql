SELECT name, version, position, started_at, epoch FROM subscriptions WHERE name = $1
