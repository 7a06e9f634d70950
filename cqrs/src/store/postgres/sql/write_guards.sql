-- The members of a group of which a guard does not hold: a stream that they only look at is not at the version they expect.
-- The locks are there.
CREATE OR REPLACE FUNCTION failed_guards(members integer[], categories text[], keys text[], expectations bigint[])
RETURNS bigint[] LANGUAGE plpgsql
SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
BEGIN
    RETURN (
        SELECT coalesce(array_agg(DISTINCT g.member::bigint), '{}')
        FROM unnest(members, categories, keys, expectations) AS g (member, category, key, expected)
        LEFT JOIN LATERAL (
            SELECT e.version FROM events e
            WHERE e.category = g.category AND e.key = g.key AND e.version >= g.expected
            ORDER BY e.version DESC LIMIT 1
        ) AS head ON true
        WHERE NOT CASE g.expected
            WHEN -1 THEN true
            WHEN -2 THEN coalesce(head.version, 0) > 0
            ELSE coalesce(head.version, 0) = g.expected
        END
    );
END $$;
