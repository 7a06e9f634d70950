UPDATE subscriptions SET version = by.version, position = by.position, started_at = by.started_at, done_above = by.done_above
FROM subscriptions AS by WHERE subscriptions.name = $1 AND by.name = $2
