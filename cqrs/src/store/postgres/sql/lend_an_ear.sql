-- The first number is that of the fence, and one.
SELECT pg_backend_pid() FROM (SELECT pg_advisory_lock_shared(1668379252, 'events'::regclass::oid::int)) AS held
