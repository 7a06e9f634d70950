-- One append of a group, stream by stream: the version the stream had, and where its events are. Of a command that
-- was handled before, its record.
CREATE TYPE append_outcome AS (
    member         integer,
    version        bigint,
    first_position bigint,
    last_position  bigint,
    command_name   text,
    fingerprint    bytea,
    outcome        json
);

-- Writes a group of appends, each with an outcome of its own. No stream and no command may occur twice in a group.
--
-- It takes the locks of all streams and commands in one order, so that two groups never wait for each other, and looks
-- at them afterwards; the fence is taken last, by the trigger, so that whoever waits for a stream holds up no reader.
CREATE FUNCTION append(
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
    accepted        boolean[];
    first_positions bigint[];
    last_positions  bigint[];
    wanted          bigint;
    stored          bigint;
BEGIN
    -- Under another level the versions would be those of before the locks.
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

    SELECT array_agg(coalesce(head.version, 0) ORDER BY w.number) INTO versions
    FROM unnest(categories, keys) WITH ORDINALITY AS w (category, key, number)
    LEFT JOIN LATERAL (
        SELECT e.version FROM events e WHERE e.category = w.category AND e.key = w.key
        ORDER BY e.version DESC LIMIT 1
    ) AS head ON true;

    -- A command that comes again must not look like a conflict: it is refused, whatever the versions are.
    SELECT array_agg(known.id IS NULL AND expected.hold ORDER BY m.number) INTO accepted
    FROM unnest(command_ids) WITH ORDINALITY AS m (command_id, number)
    JOIN (
        SELECT w.member, bool_and(CASE w.expected
            WHEN -1 THEN true
            WHEN -2 THEN w.version > 0
            ELSE w.version = w.expected
        END) AS hold
        FROM unnest(members, expectations, versions) AS w (member, expected, version)
        GROUP BY w.member
    ) AS expected ON expected.member = m.number
    LEFT JOIN LATERAL (SELECT c.id FROM commands c WHERE c.id = m.command_id) AS known ON true;

    IF true = ANY (accepted) THEN
        INSERT INTO events
            (category, key, version, id, name, schema_version, payload, metadata, correlation_id, tenant, time)
        SELECT w.category, w.key, w.version + e.step, e.id, e.name, e.schema_version, e.payload::json,
               m.metadata::json, m.correlation_id, m.tenant, m.time
        FROM unnest(event_writes, event_steps, event_ids, event_names, schema_versions, payloads)
            WITH ORDINALITY AS e (write, step, id, name, schema_version, payload, number)
        JOIN unnest(members, categories, keys, versions)
            WITH ORDINALITY AS w (member, category, key, version, number) ON w.number = e.write
        JOIN unnest(accepted, metadatas, correlation_ids, tenants, times)
            WITH ORDINALITY AS m (accepted, metadata, correlation_id, tenant, time, number) ON m.number = w.member
        WHERE m.accepted
        ORDER BY e.number;
        GET DIAGNOSTICS stored = ROW_COUNT;
        SELECT sum(w.count) INTO wanted FROM unnest(members, counts) AS w (member, count) WHERE accepted[w.member];
        IF stored <> wanted THEN
            RAISE EXCEPTION '% of % events were stored', stored, wanted;
        END IF;

        SELECT array_agg(f.position ORDER BY w.number), array_agg(l.position ORDER BY w.number)
        INTO first_positions, last_positions
        FROM unnest(members, categories, keys, versions, counts)
            WITH ORDINALITY AS w (member, category, key, version, count, number)
        LEFT JOIN LATERAL (
            SELECT e.position FROM events e WHERE accepted[w.member] AND w.count > 0
            AND e.category = w.category AND e.key = w.key AND e.version = w.version + 1
        ) AS f ON true
        LEFT JOIN LATERAL (
            SELECT e.position FROM events e WHERE accepted[w.member] AND w.count > 0
            AND e.category = w.category AND e.key = w.key AND e.version = w.version + w.count
        ) AS l ON true;

        INSERT INTO event_tags (tag, position)
        SELECT DISTINCT t.tag, e.position
        FROM unnest(tag_writes, tag_steps, tag_texts) AS t (write, step, tag)
        JOIN unnest(members, categories, keys, versions)
            WITH ORDINALITY AS w (member, category, key, version, number) ON w.number = t.write
        CROSS JOIN LATERAL (
            SELECT e.position FROM events e
            WHERE e.category = w.category AND e.key = w.key AND e.version = w.version + t.step
        ) AS e
        WHERE accepted[w.member];

        INSERT INTO commands (id, name, fingerprint, outcome)
        SELECT m.id, m.name, m.fingerprint, written.outcome
        FROM unnest(command_ids, command_names, fingerprints)
            WITH ORDINALITY AS m (id, name, fingerprint, number)
        JOIN (
            SELECT w.member, json_build_object('streams', json_agg(json_build_object(
                'stream', json_build_object('category', w.category, 'key', w.key),
                'first_version', w.version + 1, 'last_version', w.version + w.count,
                'first_position', w.first, 'last_position', w.last) ORDER BY w.number)) AS outcome
            FROM unnest(members, categories, keys, versions, counts, first_positions, last_positions)
                WITH ORDINALITY AS w (member, category, key, version, count, first, last, number)
            WHERE w.first IS NOT NULL
            GROUP BY w.member
        ) AS written ON written.member = m.number
        WHERE m.id IS NOT NULL AND accepted[m.number];
    END IF;

    RETURN QUERY
    SELECT w.member, w.version, first_positions[w.number], last_positions[w.number],
           known.name, known.fingerprint, known.outcome
    FROM unnest(members, versions) WITH ORDINALITY AS w (member, version, number)
    LEFT JOIN LATERAL (
        SELECT c.name, c.fingerprint, c.outcome FROM commands c
        WHERE NOT accepted[w.member] AND c.id = command_ids[w.member]
    ) AS known ON true
    ORDER BY w.number;
END $$;
