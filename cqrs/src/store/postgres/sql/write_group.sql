-- Writes a group of appends, each with an outcome of its own. No command and no stream that is written may occur twice in a
-- group, and none that is written may be guarded; one may be guarded by many.
--
-- It takes all locks in one order, as `lock_writes` says, and looks at what they are for afterwards; the fence is taken last,
-- before the first position is drawn, so that whoever waits for a stream holds up no reader. Every statement does its part of
-- the work for the whole group: what a member costs is what its rows cost. A member may have no events, and even no streams:
-- what is kept of it then is that its command was handled.
CREATE OR REPLACE FUNCTION write_group(
    -- one a member
    command_ids uuid[], command_names text[], command_versions bigint[], command_shapes bigint[], command_digests bytea[],
    metadatas text[], correlation_ids uuid[], tenants text[], times text[],
    -- one a stream written: the version expected, -1 for any, -2 for one that exists
    members integer[], categories text[], keys text[], expectations bigint[], counts integer[],
    -- one an event: the stream, and its place among those for it
    event_writes integer[], event_steps integer[],
    event_ids uuid[], event_names text[], schema_versions bigint[], payloads text[],
    -- one a tag
    tag_writes integer[], tag_steps integer[], tag_texts text[],
    -- one a stream guarded
    guard_members integer[], guard_categories text[], guard_keys text[], guard_expectations bigint[]
) RETURNS SETOF append_verdict LANGUAGE plpgsql
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    versions        bigint[];
    known           uuid[];
    failed          bigint[] := '{}'; -- the members of which an expectation does not hold
    accepted        boolean[]; -- one a member
    positions       bigint[]; -- one an event; none for those that are refused
    offsets         bigint[]; -- one a stream written: how many events are before its own
    first_positions bigint[];
    last_positions  bigint[];
    wanted          bigint;
    stored          bigint;
BEGIN
    PERFORM lock_writes(categories, keys, command_ids, guard_categories, guard_keys);

    -- The version of each stream, 0 if it is less than the one expected: an index scan gathers all that follow its start on
    -- a page, so it starts at what is expected.
    SELECT array_agg(coalesce(head.version, 0) ORDER BY w.number) INTO versions
    FROM unnest(categories, keys, expectations) WITH ORDINALITY AS w (category, key, expected, number)
    LEFT JOIN LATERAL (
        SELECT e.version FROM events e
        WHERE e.category = w.category AND e.key = w.key AND e.version >= w.expected
        ORDER BY e.version DESC LIMIT 1
    ) AS head ON true;
    IF guard_keys <> '{}' THEN
        failed := failed_guards(guard_members, guard_categories, guard_keys, guard_expectations);
    END IF;
    SELECT failed || coalesce(array_agg(w.member::bigint), '{}') INTO failed
    FROM unnest(members, expectations, versions) AS w (member, expected, version)
    WHERE NOT CASE w.expected
        WHEN -1 THEN true
        WHEN -2 THEN w.version > 0
        ELSE w.version = w.expected
    END;

    -- A command that comes again must not look like a conflict: it is refused, whatever the versions are.
    SELECT array_agg(c.id) INTO known FROM commands c WHERE c.id = ANY (command_ids);
    SELECT array_agg((m.id = ANY (known)) IS NOT TRUE AND m.number <> ALL (failed) ORDER BY m.number) INTO accepted
    FROM unnest(command_ids) WITH ORDINALITY AS m (id, number);

    IF true = ANY (accepted) AND event_ids <> '{}' THEN
        PERFORM pg_advisory_xact_lock_shared(1668379251, 'events'::regclass::oid::int);
        SELECT array_agg(CASE WHEN e.accepted THEN nextval('events_position_seq') END),
               count(*) FILTER (WHERE e.accepted)
        INTO positions, wanted
        FROM (SELECT accepted[members[e.write]] AS accepted FROM unnest(event_writes) AS e (write)) AS e;

        SELECT array_agg(w.last - w.count ORDER BY w.number),
               array_agg(positions[w.last - w.count + 1] ORDER BY w.number),
               array_agg(positions[w.last] ORDER BY w.number)
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
    END IF;

    -- Texts put together cost half of what building JSON costs.
    INSERT INTO commands (id, name, version, shape, digest, outcome)
    SELECT m.id, m.name, m.version, m.shape, m.digest, ('{"streams":[' || coalesce(written.streams, '') || ']}')::json
    FROM unnest(command_ids, command_names, command_versions, command_shapes, command_digests)
        WITH ORDINALITY AS m (id, name, version, shape, digest, number)
    LEFT JOIN (
        SELECT w.member, string_agg('{"stream":{"category":' || to_json(w.category) || ',"key":' || to_json(w.key)
            || '},"first_version":' || w.version + 1 || ',"last_version":' || w.version + w.count
            || ',"first_position":' || w.first || ',"last_position":' || w.last || '}', ',' ORDER BY w.number)
            AS streams
        FROM unnest(members, categories, keys, versions, counts, first_positions, last_positions)
            WITH ORDINALITY AS w (member, category, key, version, count, first, last, number)
        WHERE accepted[w.member]
        GROUP BY w.member
    ) AS written ON written.member = m.number
    WHERE m.id IS NOT NULL AND accepted[m.number];

    -- Of a member that was refused, the versions are looked up in full.
    RETURN QUERY
    SELECT s.member, accepted[s.member],
           CASE WHEN accepted[s.member] THEN s.version ELSE coalesce(
               (SELECT max(e.version) FROM events e WHERE e.category = s.category AND e.key = s.key), 0) END,
           s.first_position, s.last_position, found.name, found.version, found.shape, found.digest, found.outcome
    FROM (
        SELECT w.member, w.number AS place, w.category, w.key, w.version, w.first_position, w.last_position
        FROM unnest(members, categories, keys, versions, first_positions, last_positions)
            WITH ORDINALITY AS w (member, category, key, version, first_position, last_position, number)
        UNION ALL
        SELECT g.member, cardinality(members) + g.number, g.category, g.key, NULL, NULL, NULL
        FROM unnest(guard_members, guard_categories, guard_keys) WITH ORDINALITY AS g (member, category, key, number)
        WHERE NOT accepted[g.member]
        UNION ALL
        SELECT m.number::int, 0, NULL, NULL, NULL, NULL, NULL
        FROM unnest(accepted) WITH ORDINALITY AS m (accepted, number)
        WHERE m.number <> ALL (members) AND (m.accepted OR m.number <> ALL (guard_members))
    ) AS s
    LEFT JOIN LATERAL (
        SELECT c.name, c.version, c.shape, c.digest, c.outcome FROM commands c
        WHERE c.id = CASE WHEN NOT accepted[s.member] THEN command_ids[s.member] END
    ) AS found ON true
    ORDER BY s.member, s.place;
END $$;
