SELECT name, version, position, started_at, epoch FROM subscriptions ORDER BY name
