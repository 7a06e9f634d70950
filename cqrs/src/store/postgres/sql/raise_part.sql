UPDATE subscriptions SET version = greatest(version, $4)
WHERE name = $1 AND owner = CAST($2 AS uuid) AND epoch = $3
