-- Who holds the fence. Of sessions of other users the server shows that they are there, and little more.
SELECT l.virtualtransaction AS transaction, l.pid, p.gid AS prepared,
       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared))::float8 AS age,
       a.state, CASE WHEN a.xact_start IS NOT NULL THEN a.query END AS query,
       coalesce(a.usename, p.owner)::text AS owner, nullif(a.application_name, '') AS application,
       host(a.client_addr) AS client, coalesce(pg_blocking_pids(l.pid), '{}') AS waits_for
FROM pg_locks l
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
LEFT JOIN pg_prepared_xacts p ON l.pid IS NULL AND '-1/' || p.transaction = l.virtualtransaction
WHERE l.locktype = 'advisory' AND l.granted
  AND l.classid = 1668379251::oid AND l.objid = 'events'::regclass::oid AND l.objsubid = 2
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
ORDER BY age DESC NULLS LAST
