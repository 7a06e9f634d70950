SELECT commands.id::text, (stream ->> 'first_position')::bigint
FROM commands CROSS JOIN json_array_elements(outcome -> 'streams') AS stream
WHERE NOT EXISTS (SELECT FROM events WHERE position = (stream ->> 'first_position')::bigint)
   OR NOT EXISTS (SELECT FROM events WHERE position = (stream ->> 'last_position')::bigint)
ORDER BY 2
