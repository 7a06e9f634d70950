SELECT name, version, shape, digest, outcome FROM refuse_due($1, $2, CAST($3 AS uuid), $4, $5, $6, $7, $8)
