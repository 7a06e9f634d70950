SELECT name, version, position, started_at, epoch, done_above, pg_current_xact_id()::text FROM subscriptions WHERE name = $1 FOR UPDATE
