WITH leases AS (
    SELECT * FROM unnest($1::text[], CAST($2::text[] AS uuid[]), $3::bigint[]) AS l (name, owner, epoch)
), locked AS (
    SELECT s.name FROM subscriptions s JOIN leases l ON l.name = s.name AND l.owner = s.owner AND l.epoch = s.epoch
    ORDER BY s.name FOR UPDATE OF s
)
UPDATE subscriptions s SET lease_until = clock_timestamp() + $4 * interval '1 microsecond'
FROM locked WHERE s.name = locked.name
RETURNING s.name
