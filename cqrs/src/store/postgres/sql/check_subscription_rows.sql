SELECT name, version, position, started_at, epoch, name FROM subscriptions
