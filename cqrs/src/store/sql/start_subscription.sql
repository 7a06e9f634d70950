INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES ($1, $2, $3, $3, 0)
