UPDATE subscriptions SET version = $2, position = 0, started_at = 0 WHERE name = $1
