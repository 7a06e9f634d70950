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
-- Writes a group of appends, each with an outcome of its own. No stream and no command may occur twice in a group.
--
-- It takes the locks of all streams and commands in one order, so that two groups never wait for each other, and looks
-- at them afterwards; the fence is taken last, before the first position is drawn, so that whoever waits for a stream holds
-- up no reader. Every statement does its part of the work for the whole group: what a member costs is what its rows cost.
CREATE OR REPLACE FUNCTION append(
    -- one a member
    command_ids uuid[], command_names text[], fingerprints bytea[],
    metadatas text[], correlation_ids uuid[], tenants text[], times text[],
    -- one a stream written: the version expected, -1 for any, -2 for one that exists
    members integer[], categories text[], keys text[], expectations bigint[], counts integer[],
    -- one an event: the stream, and its place among those for it
    event_writes integer[], event_steps integer[],
    event_ids uuid[], event_names text[], schema_versions bigint[], payloads text[],
    -- one a tag
    tag_writes integer[], tag_steps integer[], tag_texts text[]
) RETURNS SETOF append_outcome LANGUAGE plpgsql
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    versions        bigint[];
    known           uuid[];
    accepted        boolean[];
    positions       bigint[]; -- one an event; none for those that are refused
    offsets         bigint[]; -- one a stream written: how many events are before its own
    first_positions bigint[];
    last_positions  bigint[];
    wanted          bigint;
    stored          bigint;
BEGIN
    PERFORM lock_appends(categories, keys, command_ids);

    -- The version of each stream, 0 if it is less than the one expected: an index scan gathers all that follow its start on
    -- a page, so it starts at what is expected.
    SELECT array_agg(coalesce(head.version, 0) ORDER BY w.number) INTO versions
    FROM unnest(categories, keys, expectations) WITH ORDINALITY AS w (category, key, expected, number)
    LEFT JOIN LATERAL (
        SELECT e.version FROM events e
        WHERE e.category = w.category AND e.key = w.key AND e.version >= w.expected
        ORDER BY e.version DESC LIMIT 1
    ) AS head ON true;

    -- A command that comes again must not look like a conflict: it is refused, whatever the versions are.
    SELECT array_agg(c.id) INTO known FROM commands c WHERE c.id = ANY (command_ids);
    SELECT array_agg(m.hold AND (command_ids[m.member] = ANY (known)) IS NOT TRUE ORDER BY m.member) INTO accepted
    FROM (
        SELECT w.member, bool_and(CASE w.expected
            WHEN -1 THEN true
            WHEN -2 THEN w.version > 0
            ELSE w.version = w.expected
        END) AS hold
        FROM unnest(members, expectations, versions) AS w (member, expected, version)
        GROUP BY w.member
    ) AS m;

    IF true = ANY (accepted) THEN
        PERFORM pg_advisory_xact_lock_shared(1668379251, 'events'::regclass::oid::int);
        SELECT array_agg(CASE WHEN e.accepted THEN nextval('events_position_seq') END),
               count(*) FILTER (WHERE e.accepted)
        INTO positions, wanted
        FROM (SELECT accepted[members[e.write]] AS accepted FROM unnest(event_writes) AS e (write)) AS e;

        SELECT array_agg(w.last - w.count ORDER BY w.number),
               array_agg(CASE WHEN w.count > 0 THEN positions[w.last - w.count + 1] END ORDER BY w.number),
               array_agg(CASE WHEN w.count > 0 THEN positions[w.last] END ORDER BY w.number)
        INTO offsets, first_positions, last_positions
        FROM (
            SELECT c.number, c.count, sum(c.count) OVER (ORDER BY c.number) AS last
            FROM unnest(counts) WITH ORDINALITY AS c (count, number)
        ) AS w;

        INSERT INTO events
            (position, category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant,
             time)
        OVERRIDING SYSTEM VALUE
        SELECT e.position, w.category, w.key, w.version + e.step, e.id, e.name, e.schema_version, e.payload::json,
               m.metadata::json, m.correlation_id, m.tenant, m.time
        FROM unnest(event_writes, event_steps, event_ids, event_names, schema_versions, payloads, positions)
            AS e (write, step, id, name, schema_version, payload, position)
        JOIN unnest(members, categories, keys, versions)
            WITH ORDINALITY AS w (member, category, key, version, number) ON w.number = e.write
        JOIN unnest(metadatas, correlation_ids, tenants, times)
            WITH ORDINALITY AS m (metadata, correlation_id, tenant, time, number) ON m.number = w.member
        WHERE e.position IS NOT NULL;
        GET DIAGNOSTICS stored = ROW_COUNT;
        IF stored <> wanted THEN
            RAISE EXCEPTION '% of % events were stored', stored, wanted;
        END IF;

        IF tag_texts <> '{}' THEN
            INSERT INTO event_tags (tag, position)
            SELECT DISTINCT t.text, positions[offsets[t.write] + t.step]
            FROM unnest(tag_writes, tag_steps, tag_texts) AS t (write, step, text)
            WHERE accepted[members[t.write]];
        END IF;

        -- Texts put together cost half of what building JSON costs.
        INSERT INTO commands (id, name, fingerprint, outcome)
        SELECT m.id, m.name, m.fingerprint, ('{"streams":[' || written.streams || ']}')::json
        FROM unnest(command_ids, command_names, fingerprints)
            WITH ORDINALITY AS m (id, name, fingerprint, number)
        JOIN (
            SELECT w.member, string_agg('{"stream":{"category":' || to_json(w.category) || ',"key":' || to_json(w.key)
                || '},"first_version":' || w.version + 1 || ',"last_version":' || w.version + w.count
                || ',"first_position":' || w.first || ',"last_position":' || w.last || '}', ',' ORDER BY w.number)
                AS streams
            FROM unnest(members, categories, keys, versions, counts, first_positions, last_positions)
                WITH ORDINALITY AS w (member, category, key, version, count, first, last, number)
            WHERE w.first IS NOT NULL
            GROUP BY w.member
        ) AS written ON written.member = m.number
        WHERE m.id IS NOT NULL;
    END IF;

    -- Of a member that was refused, the versions are looked up in full.
    RETURN QUERY
    SELECT w.member,
           CASE WHEN accepted[w.member] THEN w.version ELSE coalesce(
               (SELECT max(e.version) FROM events e WHERE e.category = w.category AND e.key = w.key), 0) END,
           w.first_position, w.last_position, found.name, found.fingerprint, found.outcome
    FROM unnest(members, categories, keys, versions, first_positions, last_positions)
        WITH ORDINALITY AS w (member, category, key, version, first_position, last_position, number)
    LEFT JOIN LATERAL (
        SELECT c.name, c.fingerprint, c.outcome FROM commands c
        WHERE c.id = CASE WHEN NOT accepted[w.member] THEN command_ids[w.member] END
    ) AS found ON true
    ORDER BY w.number;
END $$;
-- Writes a group of appends of which each adds one event to one stream, as most do; it answers as `append` does, for two
-- thirds of the work: there is nothing to join. What `append` says of locks holds here, too.
CREATE OR REPLACE FUNCTION append_each(
    command_ids uuid[], command_names text[], fingerprints bytea[],
    metadatas text[], correlation_ids uuid[], tenants text[], times text[],
    categories text[], keys text[], expectations bigint[],
    event_ids uuid[], event_names text[], schema_versions bigint[], payloads text[]
) RETURNS SETOF append_outcome LANGUAGE plpgsql
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    known     uuid[];
    versions  bigint[];
    positions bigint[]; -- none for those that are refused
    wanted    bigint;
    stored    bigint;
BEGIN
    PERFORM lock_appends(categories, keys, command_ids);
    SELECT array_agg(c.id) INTO known FROM commands c WHERE c.id = ANY (command_ids);

    -- A condition is evaluated without a statement.
    IF pg_advisory_xact_lock_shared(1668379251, 'events'::regclass::oid::int) IS NULL THEN
        RAISE EXCEPTION 'the fence gave no answer';
    END IF;
    SELECT array_agg(w.version ORDER BY w.number),
           array_agg(CASE WHEN w.hold THEN nextval('events_position_seq') END ORDER BY w.number),
           count(*) FILTER (WHERE w.hold)
    INTO versions, positions, wanted
    FROM (
        SELECT w.number, coalesce(head.version, 0) AS version,
               (w.command_id = ANY (known)) IS NOT TRUE AND CASE w.expected
                   WHEN -1 THEN true
                   WHEN -2 THEN coalesce(head.version, 0) > 0
                   ELSE coalesce(head.version, 0) = w.expected
               END AS hold
        FROM unnest(categories, keys, expectations, command_ids)
            WITH ORDINALITY AS w (category, key, expected, command_id, number)
        LEFT JOIN LATERAL (
            SELECT e.version FROM events e
            WHERE e.category = w.category AND e.key = w.key AND e.version >= w.expected
            ORDER BY e.version DESC LIMIT 1
        ) AS head ON true
    ) AS w;

    INSERT INTO events
        (position, category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time)
    OVERRIDING SYSTEM VALUE
    SELECT e.position, e.category, e.key, e.version + 1, e.id, e.name, e.schema_version, e.payload::json,
           e.metadata::json, e.correlation_id, e.tenant, e.time
    FROM unnest(positions, categories, keys, versions, event_ids, event_names, schema_versions, payloads, metadatas,
                correlation_ids, tenants, times)
        AS e (position, category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant,
              time)
    WHERE e.position IS NOT NULL;
    GET DIAGNOSTICS stored = ROW_COUNT;
    IF stored <> wanted THEN
        RAISE EXCEPTION '% of % events were stored', stored, wanted;
    END IF;

    INSERT INTO commands (id, name, fingerprint, outcome)
    SELECT m.id, m.name, m.fingerprint, (
        '{"streams":[{"stream":{"category":' || to_json(m.category) || ',"key":' || to_json(m.key)
        || '},"first_version":' || m.version + 1 || ',"last_version":' || m.version + 1
        || ',"first_position":' || m.position || ',"last_position":' || m.position || '}]}'
    )::json
    FROM unnest(command_ids, command_names, fingerprints, categories, keys, versions, positions)
        AS m (id, name, fingerprint, category, key, version, position)
    WHERE m.id IS NOT NULL AND m.position IS NOT NULL;

    IF stored = cardinality(positions) THEN
        RETURN QUERY
        SELECT w.number::int, w.version, w.position, w.position, NULL::text, NULL::bytea, NULL::json
        FROM unnest(versions, positions) WITH ORDINALITY AS w (version, position, number)
        ORDER BY w.number;
    ELSE
        -- Of those that were refused, the versions are looked up in full.
        RETURN QUERY
        SELECT w.number::int,
               CASE WHEN w.position IS NOT NULL THEN w.version ELSE coalesce(
                   (SELECT max(e.version) FROM events e WHERE e.category = w.category AND e.key = w.key), 0) END,
               w.position, w.position, found.name, found.fingerprint, found.outcome
        FROM unnest(categories, keys, versions, positions, command_ids)
            WITH ORDINALITY AS w (category, key, version, position, command_id, number)
        LEFT JOIN LATERAL (
            SELECT c.name, c.fingerprint, c.outcome FROM commands c
            WHERE c.id = CASE WHEN w.position IS NULL THEN w.command_id END
        ) AS found ON true
        ORDER BY w.number;
    END IF;
END $$;
-- Writes one append to one stream, as most are; it answers as `append` does, for a third of the work.
--
-- The locks are those of `append`, in the same order, and are taken before the statement that looks; the trigger takes the
-- fence within the one that writes.
CREATE OR REPLACE FUNCTION append_one(
    command_id uuid, command_name text, fingerprint bytea,
    metadata text, correlation_id uuid, tenant text, "time" text,
    category text, key text, expected bigint,
    event_ids uuid[], event_names text[], schema_versions bigint[], payloads text[]
) RETURNS append_outcome LANGUAGE plpgsql
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
    result       append_outcome;
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
        WHERE last.category = append_one.category AND last.key = append_one.key AND last.version >= expected
        ORDER BY last.version DESC LIMIT 1
    ), 0), EXISTS (SELECT FROM commands AS known WHERE known.id = command_id)
    INTO head, is_known;

    result.member := 1;
    IF is_known OR NOT (CASE expected WHEN -1 THEN true WHEN -2 THEN head > 0 ELSE head = expected END) THEN
        SELECT coalesce(max(last.version), 0) INTO result.version
        FROM events AS last WHERE last.category = append_one.category AND last.key = append_one.key;
        SELECT known.name, known.fingerprint, known.outcome
        INTO result.command_name, result.fingerprint, result.outcome
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

    result.version := head;
    result.first_position := positions[1];
    result.last_position := positions[events_count];
    IF command_id IS NOT NULL THEN
        INSERT INTO commands (id, name, fingerprint, outcome)
        VALUES (command_id, command_name, fingerprint, (
            '{"streams":[{"stream":{"category":' || to_json(category) || ',"key":' || to_json(key)
            || '},"first_version":' || head + 1 || ',"last_version":' || head + events_count
            || ',"first_position":' || result.first_position || ',"last_position":' || result.last_position || '}]}'
        )::json);
    END IF;
    RETURN result;
END $$;
