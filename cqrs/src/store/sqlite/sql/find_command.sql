SELECT name, fingerprint, first_position, last_position FROM commands WHERE id = ?1
