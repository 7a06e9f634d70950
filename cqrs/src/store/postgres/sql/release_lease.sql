UPDATE subscriptions SET owner = NULL, lease_until = NULL
WHERE name = $1 AND owner = CAST($2 AS uuid) AND epoch = $3
