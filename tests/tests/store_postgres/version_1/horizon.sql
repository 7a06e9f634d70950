-- What a reader needs to know how far the log is final: the last position drawn, and afterwards who adds events now.
-- In one call, in this order: two statements, the second with a view of its own.
CREATE FUNCTION horizon(OUT drawn bigint, OUT holders text[], OUT prepared boolean) LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    SELECT CASE WHEN s.is_called THEN s.last_value ELSE s.last_value - 1 END INTO drawn FROM events_position_seq s;
    SELECT coalesce(array_agg(DISTINCT l.virtualtransaction), '{}'),
           coalesce(bool_or(l.virtualtransaction LIKE '-1/%'), false)
    INTO holders, prepared
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted
      AND l.classid = 1668379251::oid AND l.objid = 'events'::regclass::oid AND l.objsubid = 2
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
END $$;
