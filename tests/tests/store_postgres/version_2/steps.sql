-- Schema version 2: how far each group of listeners of an event bus has come in each stream.
CREATE TABLE inbox (
    consumer_group text COLLATE "C" NOT NULL,
    category       text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    version        bigint           NOT NULL, -- of the last event that was handled
    PRIMARY KEY (consumer_group, category, key)
);
-- Schema version 2: projections that several processes share. Each partition is a subscription of its own, `name/0`,
-- `name/1` and so on, with a checkpoint, a lease and an epoch.

-- Into how many partitions a projection is divided; one that is not divided is not here.
CREATE TABLE partitions (
    projection text COLLATE "C" NOT NULL PRIMARY KEY,
    count      integer          NOT NULL
);

-- Which processes want partitions of a projection; one that is not heard of any more counts as gone.
CREATE TABLE partition_workers (
    projection  text COLLATE "C" NOT NULL,
    owner       uuid             NOT NULL,
    alive_until timestamptz      NOT NULL, -- by the clock of the server
    PRIMARY KEY (projection, owner)
);

-- What names a partition, or the building of a projection, to the advisory locks.
CREATE FUNCTION partition_lock(what text, name text) RETURNS bigint LANGUAGE sql STABLE
SET search_path FROM CURRENT
RETURN hashtextextended(what || '/' || name, 'subscriptions'::regclass::oid::bigint);

-- Begins to write for a partition: nobody builds the projection anew until the transaction ends, and whoever takes the
-- partition over meanwhile knows which session to end.
CREATE FUNCTION enter_partition(projection_name text, partition_name text) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(partition_lock('build', projection_name));
    PERFORM pg_advisory_xact_lock_shared(partition_lock('partition', partition_name));
END $$;

-- Takes a partition that is free, or whose owner was not heard of for the time of its lease. What such an owner has
-- begun can never be committed, the epoch being another; its session is ended, so that what it has locked holds up
-- nobody. Where that is not allowed, the limits of the server end it.
CREATE FUNCTION take_partition(
    partition_name text, new_owner uuid, lease interval, OUT epoch bigint, OUT "position" bigint
) RETURNS SETOF record LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
DECLARE
    held bigint := partition_lock('partition', partition_name);
BEGIN
    IF EXISTS (
        SELECT FROM subscriptions s
        WHERE s.name = partition_name AND s.owner <> new_owner AND s.lease_until <= clock_timestamp()
    ) THEN
        BEGIN
            PERFORM pg_terminate_backend(l.pid) FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
              AND l.classid = ((held >> 32) & 4294967295)::oid AND l.objid = (held & 4294967295)::oid
              AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
        EXCEPTION WHEN insufficient_privilege THEN
            NULL;
        END;
    END IF;
    RETURN QUERY
    UPDATE subscriptions s
    SET owner = new_owner, epoch = s.epoch + 1, lease_until = clock_timestamp() + lease
    WHERE s.name = partition_name
      AND (s.owner IS NULL OR s.owner = new_owner OR s.lease_until <= clock_timestamp())
    RETURNING s.epoch, s.position;
END $$;
-- Begins a batch of a projection, if the checkpoint is as the batch expects it, and notes whose transaction it is. The
-- checkpoint of a projection that is not divided stays locked until the transaction ends, so that of several processes one
-- applies the batch; that of a partition is not locked: it is compared again in the end.
CREATE FUNCTION begin_batch(
    checkpoint text, partition_of text, expected_version bigint, expected_epoch bigint, expected_position bigint
) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF partition_of IS NULL THEN
        PERFORM FROM subscriptions s WHERE s.name = checkpoint
            AND s.version = expected_version AND s.epoch = expected_epoch AND s.position = expected_position
        FOR UPDATE;
    ELSE
        PERFORM enter_partition(partition_of, checkpoint);
        PERFORM FROM subscriptions s WHERE s.name = checkpoint
            AND s.version = expected_version AND s.epoch = expected_epoch AND s.position = expected_position;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the checkpoint % is not at %', checkpoint, expected_position USING ERRCODE = 'CQ001';
    END IF;
    PERFORM set_config('cqrs.batch', pg_current_xact_id()::text, true);
END $$;

-- Moves the checkpoint of a batch, right before the commit.
CREATE FUNCTION move_checkpoint(checkpoint text, expected_epoch bigint, moved_from bigint, moved_to bigint)
RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
BEGIN
    IF current_setting('cqrs.batch', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        RAISE EXCEPTION 'the transaction of the batch has ended' USING ERRCODE = 'CQ002';
    END IF;
    UPDATE subscriptions SET position = moved_to
    WHERE name = checkpoint AND epoch = expected_epoch AND position = moved_from;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the checkpoint % is no longer at %', checkpoint, moved_from USING ERRCODE = 'CQ001';
    END IF;
END $$;
-- The fence is taken by the condition of the trigger, without the call of a function: it costs a writer half as much. The
-- condition is false as soon as the lock is there; and it names the table in a way that a dump and its restore understand.
CREATE OR REPLACE TRIGGER events_are_fenced BEFORE INSERT ON events FOR EACH STATEMENT
WHEN (pg_advisory_xact_lock_shared(1668379251, 'events'::regclass::oid::int) IS NULL)
EXECUTE FUNCTION take_the_fence();
-- What a reader at the end of the log is told: events, and before them, in a row of its own, where the log is final.
CREATE TYPE log_row AS (
    "position" bigint, version bigint, name text, schema_version bigint, payload json, id uuid, metadata json,
    category text, key text,
    committed bigint, -- the last position committed
    holders   text[], -- the transactions that held the fence afterwards
    prepared  boolean -- whether one of them is prepared to commit in two phases
);

-- Reads on at the end of the log: two statements in one call, each with a view of its own. The first sees what is committed,
-- and looks at the locks while it runs, in this order; if nobody adds events, everything it sees is final, and the second
-- reads up to there. If somebody does, the reader judges who has ended, and the second reads up to what was final before.
CREATE FUNCTION read_on(after bigint, known bigint, last bigint, wanted text[], most bigint)
RETURNS SETOF log_row LANGUAGE plpgsql
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    sighting log_row;
BEGIN
    SELECT (SELECT coalesce(max(e.position), 0) FROM events e),
           coalesce(array_agg(l.virtualtransaction), '{}'), coalesce(bool_or(l.virtualtransaction LIKE '-1/%'), false)
    INTO sighting.committed, sighting.holders, sighting.prepared
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted
      AND l.classid = 1668379251::oid AND l.objid = 'events'::regclass::oid AND l.objsubid = 2
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
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
-- Positions are drawn before events are inserted, which takes a right of its own. Whoever could add events still can.
DO $$
DECLARE
    role oid;
BEGIN
    FOR role IN
        SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) AS a
        WHERE c.oid = 'events'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE events_position_seq TO %s',
                       CASE role WHEN 0 THEN 'PUBLIC' ELSE role::regrole::text END);
    END LOOP;
END $$;
