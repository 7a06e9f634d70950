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
