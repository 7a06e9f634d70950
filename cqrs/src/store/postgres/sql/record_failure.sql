INSERT INTO failures (command_id, name, category, key, code, error, metadata, correlation_id, time)
VALUES (CAST($1 AS uuid), $2, $3, $4, $5, $6, CAST($7 AS json), CAST($8 AS uuid), $9)
