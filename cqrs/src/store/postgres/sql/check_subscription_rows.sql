SELECT name, version, position, started_at, epoch, done_above, name FROM subscriptions
