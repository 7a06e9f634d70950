-- Takes the locks of all streams and commands of a group, in one order, so that two groups never wait for each other. What
-- they are is looked up afterwards, by statements that see what was committed before they were had.
CREATE OR REPLACE FUNCTION lock_appends(categories text[], keys text[], command_ids uuid[])
RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Under another level the later statements would see what was there before the locks.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'events are appended at the isolation level READ COMMITTED only';
    END IF;

    PERFORM pg_advisory_xact_lock(sorted.lock) FROM (
        SELECT DISTINCT hashtextextended(named.name, 'events'::regclass::oid::bigint) AS lock
        FROM (
            SELECT w.category || '/' || w.key AS name FROM unnest(categories, keys) AS w (category, key)
            UNION ALL
            SELECT m.id::text FROM unnest(command_ids) AS m (id) WHERE m.id IS NOT NULL
        ) AS named
        ORDER BY lock
    ) AS sorted;
END $$;
