-- One step of the index for each owner, however many rows there are.
WITH RECURSIVE owners (owner) AS (
    SELECT min(owner) FROM due WHERE kind = $1
    UNION ALL
    SELECT (SELECT min(due.owner) FROM due WHERE due.kind = $1 AND due.owner > owners.owner)
    FROM owners WHERE owners.owner IS NOT NULL
)
SELECT owner FROM owners WHERE owner IS NOT NULL
