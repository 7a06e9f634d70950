SELECT name, version, shape, digest, first_position, last_position FROM commands WHERE id = ?1
