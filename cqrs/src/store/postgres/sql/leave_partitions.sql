DELETE FROM partition_workers WHERE projection = $1 AND owner = CAST($2 AS uuid)
