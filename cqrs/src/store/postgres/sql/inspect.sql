-- From the catalogues themselves: to_regclass may remember what was not there before this session waited for a lock.
SELECT coalesce(bool_or(c.relname = 'schema_versions'), false), coalesce(bool_or(c.relname = 'events'), false)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname IN ('schema_versions', 'events')
