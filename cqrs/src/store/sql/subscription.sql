SELECT name, version, position, started_at, epoch, done_above FROM subscriptions WHERE name = $1
