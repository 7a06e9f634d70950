INSERT INTO snapshots (category, key, version, fingerprint, state) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO UPDATE SET version = excluded.version, fingerprint = excluded.fingerprint, state = excluded.state
WHERE snapshots.fingerprint IS NOT excluded.fingerprint OR coalesce(snapshots.version, 0) <= excluded.version
   -- One beyond the end of its stream is none.
   OR snapshots.version > (SELECT max(version) FROM events WHERE category = excluded.category AND key = excluded.key)
