WITH moves AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
        AS m (name, epoch, begins, ends, done_above)
), locked AS (
    SELECT s.name FROM subscriptions s JOIN moves m ON m.name = s.name AND m.epoch = s.epoch AND m.begins = s.position
    ORDER BY s.name FOR UPDATE OF s
), moved AS (
    UPDATE subscriptions s SET position = m.ends, done_above = m.done_above
    FROM moves m JOIN locked ON locked.name = m.name
    WHERE s.name = m.name AND s.epoch = m.epoch AND s.position = m.begins
    RETURNING s.name
), kept AS (
    INSERT INTO process_rows (category, key, ended, version, position, next_due)
    SELECT DISTINCT ON (category, key) category, key, ended, version, position, next_due
    FROM unnest($6::text[], $7::text[], $8::text[], $9::boolean[], $10::bigint[], $11::bigint[], $12::text[])
        AS given (part, category, key, ended, version, position, next_due)
    WHERE part IN (SELECT name FROM moved)
    -- In one order: two that keep the same rows wait for each other, and not in a circle.
    ORDER BY category, key, version DESC
    ON CONFLICT (category, key) DO UPDATE
    SET ended = excluded.ended, version = excluded.version, position = excluded.position, next_due = excluded.next_due
    WHERE process_rows.version < excluded.version
)
SELECT name FROM moved
