WITH moves AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])
        AS m (name, epoch, begins, ends, done_above)
), locked AS (
    SELECT s.name FROM subscriptions s JOIN moves m ON m.name = s.name AND m.epoch = s.epoch AND m.begins = s.position
    ORDER BY s.name FOR UPDATE OF s
)
UPDATE subscriptions s SET position = m.ends, done_above = m.done_above
FROM moves m JOIN locked ON locked.name = m.name
WHERE s.name = m.name AND s.epoch = m.epoch AND s.position = m.begins
RETURNING s.name
