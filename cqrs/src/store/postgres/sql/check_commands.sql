-- Records that cannot be read are told of their rows.
SELECT commands.id::text, (stream ->> 'first_position')::bigint
FROM commands CROSS JOIN LATERAL json_array_elements(
    CASE WHEN json_typeof(outcome -> 'streams') = 'array' THEN outcome -> 'streams' ELSE '[]' END
) AS stream
WHERE CASE WHEN stream ->> 'first_position' ~ '^[0-9]{1,18}$' AND stream ->> 'last_position' ~ '^[0-9]{1,18}$' THEN
    NOT EXISTS (SELECT FROM events WHERE position = (stream ->> 'first_position')::bigint)
    OR NOT EXISTS (SELECT FROM events WHERE position = (stream ->> 'last_position')::bigint)
ELSE false END
ORDER BY 2
