INSERT INTO process_rows (category, key, ended, version, position, next_due) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (category, key) DO UPDATE
SET ended = excluded.ended, version = excluded.version, position = excluded.position, next_due = excluded.next_due
WHERE process_rows.version < excluded.version
