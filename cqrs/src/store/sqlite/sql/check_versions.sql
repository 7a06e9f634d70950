SELECT position, category, key, version, expected
FROM (
    SELECT position, category, key, version,
           1 + lag(version, 1, 0) OVER (PARTITION BY category, key ORDER BY version) AS expected
    FROM events
)
WHERE version <> expected
