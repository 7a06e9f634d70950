INSERT INTO inbox (consumer_group, category, key, version) SELECT $1, $2, $3, $5
WHERE $4::bigint < $5::bigint AND $4 = coalesce(
    (SELECT version FROM inbox WHERE consumer_group = $1 AND category = $2 AND key = $3), 0)
-- Another may have been quicker since the look above.
ON CONFLICT (consumer_group, category, key) DO UPDATE SET version = excluded.version WHERE inbox.version = $4
