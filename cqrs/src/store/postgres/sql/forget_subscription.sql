DELETE FROM subscriptions WHERE name = $1
