SELECT name, version, shape, digest, outcome, id::text FROM commands
