WITH renamed AS (
    UPDATE partitions SET projection = $1 WHERE projection = $2 RETURNING count
), names AS (
    SELECT $2 || '/' || number AS old, $1 || '/' || number AS new FROM renamed, generate_series(0, count - 1) AS number
), letters AS (
    UPDATE dead_letters SET handler = names.new FROM names WHERE handler = names.old
)
UPDATE subscriptions SET name = names.new FROM names WHERE name = names.old
