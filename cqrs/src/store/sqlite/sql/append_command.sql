INSERT INTO commands (id, name, fingerprint, first_position, last_position) VALUES (?1, ?2, ?3, ?4, ?5)
