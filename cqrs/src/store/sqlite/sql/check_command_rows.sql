SELECT name, version, shape, digest, first_position, last_position, refusal, id FROM commands
