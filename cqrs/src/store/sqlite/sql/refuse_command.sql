INSERT INTO commands (id, name, version, shape, digest, fingerprint, first_position, last_position, refusal)
VALUES (?1, ?2, ?3, ?4, ?5, x'', 0, 0, ?6)
