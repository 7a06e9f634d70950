-- The statement sees what was committed before it began, and looks at the locks while it runs: in this order. An event beyond
-- the last position given out is none that the library wrote: it does not count, and is told.
SELECT least(log.last, log.drawn), fence.holders, fence.prepared,
       CASE WHEN log.last > log.drawn THEN (SELECT min(e.position) FROM events e WHERE e.position > log.drawn) END
FROM (
    SELECT (SELECT coalesce(max(position), 0) FROM events) AS last,
           coalesce(pg_sequence_last_value('events_position_seq'::regclass), 0) AS drawn
) AS log
CROSS JOIN (
    SELECT coalesce(array_agg(l.virtualtransaction), '{}') AS holders,
           coalesce(bool_or(l.virtualtransaction LIKE '-1/%'), false) AS prepared
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted
      AND l.classid = 1668379251::oid AND l.objid = 'events'::regclass::oid AND l.objsubid = 2
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
) AS fence
