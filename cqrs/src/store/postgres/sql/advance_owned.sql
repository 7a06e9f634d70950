UPDATE subscriptions SET position = $4
WHERE name = $1 AND epoch = $2 AND position = $3 AND pg_current_xact_id() = CAST($5 AS xid8)
