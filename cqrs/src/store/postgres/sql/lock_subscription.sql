SELECT name, version, position, started_at, epoch, pg_current_xact_id()::text FROM subscriptions WHERE name = $1 FOR UPDATE
