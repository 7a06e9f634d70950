UPDATE subscriptions SET position = $1, done_above = $2 WHERE name = $3 AND epoch = $4 AND position = $5
