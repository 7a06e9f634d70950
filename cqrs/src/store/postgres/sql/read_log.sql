-- Reads on at the end of the log: two statements in one call, each with a view of its own. The first sees what is committed,
-- and looks at the locks while it runs, in this order; if nobody adds events, everything it sees is final, and the second
-- reads up to there. If somebody does, the reader judges who has ended, and the second reads up to what was final before.
--
-- An event beyond the last position given out is none that the library wrote. It does not count, so that nobody passes over
-- what is yet to come before it; the row that says where the log is final has its position.
CREATE OR REPLACE FUNCTION read_log(after bigint, known bigint, last bigint, wanted text[], most bigint)
RETURNS SETOF log_row LANGUAGE plpgsql
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    sighting log_row;
    drawn    bigint;
BEGIN
    SELECT (SELECT coalesce(max(e.position), 0) FROM events e),
           coalesce(array_agg(l.virtualtransaction), '{}'), coalesce(bool_or(l.virtualtransaction LIKE '-1/%'), false)
    INTO sighting.committed, sighting.holders, sighting.prepared
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted
      AND l.classid = 1668379251::oid AND l.objid = 'events'::regclass::oid AND l.objsubid = 2
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
    drawn := coalesce(pg_sequence_last_value('events_position_seq'::regclass), 0);
    IF sighting.committed > drawn THEN
        sighting.committed := drawn;
        SELECT min(e.position) INTO sighting.position FROM events e WHERE e.position > drawn;
    END IF;
    RETURN NEXT sighting;
    RETURN QUERY
    SELECT e.position, e.version, e.name, e.schema_version, e.payload, e.id, e.metadata, e.category, e.key,
           NULL::bigint, NULL::text[], NULL::boolean
    FROM events e
    WHERE e.position > after
      AND e.position <= least(last, CASE sighting.holders WHEN '{}' THEN sighting.committed ELSE known END)
      AND (wanted IS NULL OR e.name = ANY (wanted))
    ORDER BY e.position LIMIT most;
END $$;
