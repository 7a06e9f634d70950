INSERT INTO commands (id, name, version, shape, digest, fingerprint, first_position, last_position)
VALUES (?1, ?2, ?3, ?4, ?5, x'', ?6, ?7)
