WITH names AS (
    SELECT $1 || '/' || number AS name FROM partitions, generate_series(0, count - 1) AS number WHERE projection = $1
), letters AS (
    DELETE FROM dead_letters USING names WHERE handler = names.name
)
DELETE FROM subscriptions s USING names WHERE s.name = names.name RETURNING s.epoch
