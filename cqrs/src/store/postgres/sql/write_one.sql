-- Writes one append to one stream, as most are; it answers as `write_group` does, for a third of the work.
--
-- The locks are those of `lock_writes`, in the same order, and are taken before the statement that looks; the trigger takes
-- the fence within the one that writes.
CREATE OR REPLACE FUNCTION write_one(
    command_id uuid, command_name text, command_version bigint, command_shape bigint, command_digest bytea,
    metadata text, correlation_id uuid, tenant text, "time" text,
    category text, key text, expected bigint,
    event_ids uuid[], event_names text[], schema_versions bigint[], payloads text[]
) RETURNS append_verdict LANGUAGE plpgsql
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
#variable_conflict use_variable
DECLARE
    stream_lock  bigint := hashtextextended(category || '/' || key, 'events'::regclass::oid::bigint);
    command_lock bigint := hashtextextended(command_id::text, 'events'::regclass::oid::bigint);
    events_count bigint := cardinality(event_ids);
    head         bigint; -- the version of the stream, 0 if it is less than the one expected
    is_known     boolean;
    positions    bigint[];
    result       append_verdict;
BEGIN
    -- Under another level the version would be that of before the locks.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'events are appended at the isolation level READ COMMITTED only';
    END IF;
    -- Of a null and a number, both are the number. A condition is evaluated without a statement.
    IF pg_advisory_xact_lock(least(stream_lock, command_lock)) IS NULL
        OR pg_advisory_xact_lock(greatest(stream_lock, command_lock)) IS NULL
    THEN
        RAISE EXCEPTION 'the locks of stream and command gave no answer';
    END IF;

    SELECT coalesce((
        SELECT last.version FROM events AS last
        WHERE last.category = write_one.category AND last.key = write_one.key AND last.version >= expected
        ORDER BY last.version DESC LIMIT 1
    ), 0), EXISTS (SELECT FROM commands AS known WHERE known.id = command_id)
    INTO head, is_known;

    result.member := 1;
    IF is_known OR NOT (CASE expected WHEN -1 THEN true WHEN -2 THEN head > 0 ELSE head = expected END) THEN
        result.accepted := false;
        SELECT coalesce(max(last.version), 0) INTO result.version
        FROM events AS last WHERE last.category = write_one.category AND last.key = write_one.key;
        SELECT known.name, known.version, known.shape, known.digest, known.outcome
        INTO result.command_name, result.command_version, result.command_shape, result.command_digest, result.outcome
        FROM commands AS known WHERE known.id = command_id;
        RETURN result;
    END IF;

    -- One event is by far the most frequent, and two thirds of the work that several are.
    IF events_count = 1 THEN
        INSERT INTO events AS stored
            (category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time)
        VALUES (category, key, head + 1, event_ids[1], event_names[1], schema_versions[1], payloads[1]::json,
                metadata::json, correlation_id, tenant, "time")
        RETURNING ARRAY[stored.position] INTO positions;
    ELSE
        WITH stored AS (
            INSERT INTO events AS stored
                (category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time)
            SELECT category, key, head + e.number, e.id, e.name, e.schema_version, e.payload::json,
                   metadata::json, correlation_id, tenant, "time"
            FROM unnest(event_ids, event_names, schema_versions, payloads)
                WITH ORDINALITY AS e (id, name, schema_version, payload, number)
            ORDER BY e.number
            RETURNING stored.position
        )
        SELECT array_agg(stored.position) INTO positions FROM stored;
    END IF;
    IF cardinality(positions) IS DISTINCT FROM events_count THEN
        RAISE EXCEPTION '% of % events were stored', cardinality(positions), events_count;
    END IF;

    result.accepted := true;
    result.version := head;
    result.first_position := positions[1];
    result.last_position := positions[events_count];
    IF command_id IS NOT NULL THEN
        INSERT INTO commands (id, name, version, shape, digest, outcome)
        VALUES (command_id, command_name, command_version, command_shape, command_digest, (
            '{"streams":[{"stream":{"category":' || to_json(category) || ',"key":' || to_json(key)
            || '},"first_version":' || head + 1 || ',"last_version":' || head + events_count
            || ',"first_position":' || result.first_position || ',"last_position":' || result.last_position || '}]}'
        )::json);
    END IF;
    RETURN result;
END $$;
