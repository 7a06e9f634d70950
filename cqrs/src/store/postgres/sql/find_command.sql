SELECT name, fingerprint, outcome FROM commands WHERE id = CAST($1 AS uuid)
