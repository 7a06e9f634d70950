SELECT name, version, shape, digest, outcome FROM commands WHERE id = CAST($1 AS uuid)
