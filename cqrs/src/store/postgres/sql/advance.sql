UPDATE subscriptions SET position = $4 WHERE name = $1 AND epoch = $2 AND position = $3
