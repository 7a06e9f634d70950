-- Writes a group of appends of which each adds one event to one stream, as most do, and may guard others; it answers as
-- `write_group` does, for two thirds of the work: there is nothing to join.
CREATE OR REPLACE FUNCTION write_each(
    command_ids uuid[], command_names text[], command_versions bigint[], command_shapes bigint[], command_digests bytea[],
    metadatas text[], correlation_ids uuid[], tenants text[], times text[],
    categories text[], keys text[], expectations bigint[],
    event_ids uuid[], event_names text[], schema_versions bigint[], payloads text[],
    -- one a stream guarded
    guard_members integer[], guard_categories text[], guard_keys text[], guard_expectations bigint[]
) RETURNS SETOF append_verdict LANGUAGE plpgsql
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    known     uuid[];
    failed    bigint[] := '{}'; -- the members of which a guard does not hold
    versions  bigint[];
    positions bigint[]; -- none for those that are refused
    wanted    bigint;
    stored    bigint;
BEGIN
    PERFORM lock_writes(categories, keys, command_ids, guard_categories, guard_keys);
    SELECT array_agg(c.id) INTO known FROM commands c WHERE c.id = ANY (command_ids);
    IF guard_keys <> '{}' THEN
        failed := failed_guards(guard_members, guard_categories, guard_keys, guard_expectations);
    END IF;

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
               (w.command_id = ANY (known)) IS NOT TRUE AND w.number <> ALL (failed) AND CASE w.expected
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

    INSERT INTO commands (id, name, version, shape, digest, outcome)
    SELECT m.id, m.name, m.command_version, m.shape, m.digest, (
        '{"streams":[{"stream":{"category":' || to_json(m.category) || ',"key":' || to_json(m.key)
        || '},"first_version":' || m.version + 1 || ',"last_version":' || m.version + 1
        || ',"first_position":' || m.position || ',"last_position":' || m.position || '}]}'
    )::json
    FROM unnest(command_ids, command_names, command_versions, command_shapes, command_digests, categories, keys, versions,
                positions)
        AS m (id, name, command_version, shape, digest, category, key, version, position)
    WHERE m.id IS NOT NULL AND m.position IS NOT NULL;

    IF stored = cardinality(positions) THEN
        RETURN QUERY
        SELECT w.number::int, true, w.version, w.position, w.position,
               NULL::text, NULL::bigint, NULL::bigint, NULL::bytea, NULL::json
        FROM unnest(versions, positions) WITH ORDINALITY AS w (version, position, number)
        ORDER BY w.number;
    ELSE
        -- Of those that were refused, the versions are looked up in full.
        RETURN QUERY
        SELECT s.member, s.position IS NOT NULL,
               CASE WHEN s.position IS NOT NULL THEN s.version ELSE coalesce(
                   (SELECT max(e.version) FROM events e WHERE e.category = s.category AND e.key = s.key), 0) END,
               s.position, s.position, found.name, found.version, found.shape, found.digest, found.outcome
        FROM (
            SELECT w.number::int AS member, 0 AS place, w.version, w.position, w.category, w.key
            FROM unnest(versions, positions, categories, keys)
                WITH ORDINALITY AS w (version, position, category, key, number)
            UNION ALL
            SELECT g.member, g.number, NULL, NULL, g.category, g.key
            FROM unnest(guard_members, guard_categories, guard_keys)
                WITH ORDINALITY AS g (member, category, key, number)
            WHERE positions[g.member] IS NULL
        ) AS s
        LEFT JOIN LATERAL (
            SELECT c.name, c.version, c.shape, c.digest, c.outcome FROM commands c
            WHERE c.id = CASE WHEN s.position IS NULL THEN command_ids[s.member] END
        ) AS found ON true
        ORDER BY s.member, s.place;
    END IF;
END $$;
