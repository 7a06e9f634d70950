UPDATE subscriptions SET version = by.version, position = by.position, started_at = by.started_at
FROM subscriptions AS by WHERE subscriptions.name = $1 AND by.name = $2
