SELECT name, version, shape, digest, first_position, last_position, refusal FROM commands WHERE id = ?1
