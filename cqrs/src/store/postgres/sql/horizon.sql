-- The statement sees what was committed before it began, and looks at the locks while it runs: in this order.
SELECT (SELECT coalesce(max(position), 0) FROM events),
       coalesce(array_agg(l.virtualtransaction), '{}'), coalesce(bool_or(l.virtualtransaction LIKE '-1/%'), false)
FROM pg_locks l
WHERE l.locktype = 'advisory' AND l.granted
  AND l.classid = 1668379251::oid AND l.objid = 'events'::regclass::oid AND l.objsubid = 2
  AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
