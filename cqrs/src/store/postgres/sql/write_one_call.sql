SELECT member, accepted, version, first_position, last_position, command_name, command_version, command_shape, command_digest,
       outcome
FROM write_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
