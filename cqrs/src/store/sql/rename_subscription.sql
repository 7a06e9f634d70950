UPDATE subscriptions SET name = $1 WHERE name = $2
