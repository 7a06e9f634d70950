UPDATE subscriptions SET position = $2 WHERE name = $1 AND pg_current_xact_id() = CAST($3 AS xid8)
