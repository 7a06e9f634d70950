SELECT name, version, shape, digest, first_position, last_position, id FROM commands
