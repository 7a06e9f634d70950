SELECT position, category, key, version, expected
FROM (
    SELECT position, category, key, version,
           1 + lag(version, 1, 0::bigint) OVER (PARTITION BY category, key ORDER BY version) AS expected
    FROM events
) AS numbered
WHERE version <> expected
ORDER BY position
