WITH gone AS (
    DELETE FROM partition_workers
    WHERE projection = $1 AND owner <> CAST($2 AS uuid) AND alive_until <= clock_timestamp()
), beat AS (
    INSERT INTO partition_workers (projection, owner, alive_until, knows)
    VALUES ($1, CAST($2 AS uuid), clock_timestamp() + $3 * interval '1 microsecond', $4)
    ON CONFLICT (projection, owner) DO UPDATE SET alive_until = excluded.alive_until, knows = excluded.knows
)
SELECT owner, knows FROM partition_workers
WHERE projection = $1 AND owner <> CAST($2 AS uuid) AND alive_until > clock_timestamp()
