SELECT pg_advisory_xact_lock(
    hashtextextended($1 || '/' || $2 || '/' || $3, 'dead_letters'::regclass::oid::bigint))
