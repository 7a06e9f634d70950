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
