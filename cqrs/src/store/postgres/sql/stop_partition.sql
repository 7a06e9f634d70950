UPDATE subscriptions SET stopped_epoch = epoch, stopped = $4
WHERE name = $1 AND owner = CAST($2 AS uuid) AND epoch = $3
