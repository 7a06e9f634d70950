SELECT version, fingerprint, state, category, key FROM snapshots
