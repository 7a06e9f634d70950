DELETE FROM due USING unnest($1::text[], $2::text[]) AS gone (kind, key)
WHERE due.kind = gone.kind AND due.key = gone.key
