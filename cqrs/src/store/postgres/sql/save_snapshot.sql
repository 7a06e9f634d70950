INSERT INTO snapshots (category, key, version, fingerprint, state) VALUES ($1, $2, $3, $4, CAST($5 AS json))
ON CONFLICT (category, key)
DO UPDATE SET version = excluded.version, fingerprint = excluded.fingerprint, state = excluded.state
WHERE snapshots.fingerprint <> excluded.fingerprint OR snapshots.version <= excluded.version
    -- One beyond the end of its stream is none.
    OR snapshots.version > (
        SELECT max(events.version) FROM events
        WHERE events.category = excluded.category AND events.key = excluded.key
    )
