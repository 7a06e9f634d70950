SELECT member, version, first_position, last_position, command_name, fingerprint, outcome
FROM append_one($1::uuid, $2, $3, $4, $5::uuid, $6, $7, $8, $9, $10, $11::uuid[], $12, $13, $14)
