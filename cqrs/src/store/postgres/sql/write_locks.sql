-- Takes the locks of a group of appends: exclusively those of the streams it writes and of its commands, shared those of the
-- streams it guards, whose versions it only looks at. What they are is looked up afterwards, by statements that see what was
-- committed before the locks were had; they are held until the transaction has ended.
--
-- No deadlock: a lock is a number, and every group takes its locks by ascending numbers, each once and in the mode it needs
-- to the end. Where two names have one number, or a stream is written and guarded, that is the stronger mode: none is raised
-- from shared to exclusive, which two that share it could not both do. So whoever waits for a number holds only smaller ones,
-- and waits for somebody who holds it, or who came before him to wait for it: along a chain of waiting the numbers rise, or
-- the place in one queue does, and no chain ends where it began. The fence comes after all of them, and is always shared. The
-- functions of version 2 take the same numbers in the same order, all of them exclusively.
--
-- No write skew between groups: a group that was accepted had the locks of all its streams from before it looked until it
-- was committed. Who writes a stream that it looked at has the lock exclusively, and so was committed before the look or
-- begins after the commit. So in the order of the commits each was decided on what was true at its turn. Of two that guard
-- each other's stream, the later finds it changed, and is refused.
--
-- No write skew within a group: its members are all judged by the versions before the group. The writer puts none together
-- of which one writes what another writes or guards (see `holds.rs`); so none would be judged otherwise after another, and
-- the group is as good as its members one by one, in any order.
CREATE OR REPLACE FUNCTION lock_writes(
    categories text[], keys text[], command_ids uuid[], guard_categories text[], guard_keys text[]
) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    -- Under another level the later statements would see what was there before the locks.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'events are appended at the isolation level READ COMMITTED only';
    END IF;

    IF guard_keys = '{}' THEN
        PERFORM pg_advisory_xact_lock(sorted.lock) FROM (
            SELECT DISTINCT hashtextextended(named.name, 'events'::regclass::oid::bigint) AS lock
            FROM (
                SELECT w.category || '/' || w.key AS name FROM unnest(categories, keys) AS w (category, key)
                UNION ALL
                SELECT m.id::text FROM unnest(command_ids) AS m (id) WHERE m.id IS NOT NULL
            ) AS named
            ORDER BY lock
        ) AS sorted;
        RETURN;
    END IF;
    PERFORM CASE WHEN sorted.exclusive THEN pg_advisory_xact_lock(sorted.lock)
                 ELSE pg_advisory_xact_lock_shared(sorted.lock) END
    FROM (
        SELECT hashtextextended(named.name, 'events'::regclass::oid::bigint) AS lock, bool_or(named.written) AS exclusive
        FROM (
            SELECT w.category || '/' || w.key AS name, true AS written FROM unnest(categories, keys) AS w (category, key)
            UNION ALL
            SELECT m.id::text, true FROM unnest(command_ids) AS m (id) WHERE m.id IS NOT NULL
            UNION ALL
            SELECT g.category || '/' || g.key, false FROM unnest(guard_categories, guard_keys) AS g (category, key)
        ) AS named
        GROUP BY lock
        ORDER BY lock
    ) AS sorted;
END $$;
