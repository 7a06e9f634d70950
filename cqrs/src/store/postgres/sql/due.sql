-- Of each owner as much as is wanted of all, each from one piece of the index.
SELECT found.key, found.due, found.owner, found.payload
FROM (SELECT DISTINCT owner FROM unnest($2::text[]) AS asked (owner)) AS asked
CROSS JOIN LATERAL (
    SELECT waiting.key, waiting.due, waiting.owner, waiting.payload FROM due AS waiting
    WHERE waiting.kind = $1 AND waiting.owner = asked.owner
      AND ($3::text IS NULL OR waiting.due <= $3) AND (waiting.due, waiting.key) > ($4, $5)
    ORDER BY waiting.due, waiting.key LIMIT $6
) AS found
ORDER BY found.due, found.key LIMIT $6
