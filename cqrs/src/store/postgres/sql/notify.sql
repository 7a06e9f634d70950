-- If somebody else listens: their session holds the ear. The notice is lost with the server, so nobody need wait until it
-- is on disk.
SELECT set_config('synchronous_commit', 'off', true), pg_notify('cqrs_' || 'events'::regclass::oid, $1)
WHERE EXISTS (
    SELECT FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> $2
      AND l.classid = 1668379252::oid AND l.objid = 'events'::regclass::oid AND l.objsubid = 2
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
)
