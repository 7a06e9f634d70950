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
