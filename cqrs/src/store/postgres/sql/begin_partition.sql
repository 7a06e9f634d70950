INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES ($1, $2, 0, 0, $3)
ON CONFLICT (name) DO UPDATE
SET version = excluded.version, position = 0, started_at = 0, epoch = excluded.epoch, owner = NULL, lease_until = NULL
