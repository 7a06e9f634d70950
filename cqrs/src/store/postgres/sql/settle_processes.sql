WITH moved AS (
    UPDATE subscriptions SET position = $1, done_above = $2 WHERE name = $3 AND epoch = $4 AND position = $5 RETURNING 1
), kept AS (
    INSERT INTO process_rows (category, key, ended, version, position, next_due)
    SELECT DISTINCT ON (category, key) category, key, ended, version, position, next_due
    FROM unnest($6::text[], $7::text[], $8::boolean[], $9::bigint[], $10::bigint[], $11::text[])
        AS given (category, key, ended, version, position, next_due)
    WHERE EXISTS (SELECT FROM moved)
    -- In one order: two that keep the same rows wait for each other, and not in a circle.
    ORDER BY category, key, version DESC
    ON CONFLICT (category, key) DO UPDATE
    SET ended = excluded.ended, version = excluded.version, position = excluded.position, next_due = excluded.next_due
    WHERE process_rows.version < excluded.version
)
SELECT count(*) FROM moved
