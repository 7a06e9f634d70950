SELECT found.events, found.last, found.positions, found.newer, found.names, found.contents, head.version
FROM (SELECT max(version) AS version FROM events WHERE category = $1 AND key = $2) AS head
CROSS JOIN generate_series($3, least($4, head.version), $5) AS bundle (first)
CROSS JOIN LATERAL (
    SELECT count(*) AS events,
        max(version) AS last,
        string_agg(int8send(position), '') AS positions,
        string_agg(CASE schema_version WHEN 1 THEN NULL ELSE int8send(version) || int8send(schema_version) END, '') AS newer,
        string_agg(name, E'\x01') AS names,
        string_agg(payload::text, E'\x01') AS contents
    FROM (
        SELECT position, version, name, schema_version, payload
        FROM events
        WHERE category = $1 AND key = $2 AND version >= bundle.first AND version < bundle.first + $5
        ORDER BY version
        OFFSET 0 -- so that the order is kept
    ) AS event
) AS found
