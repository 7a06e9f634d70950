SELECT version, fingerprint, state FROM snapshots WHERE category = $1 AND key = $2
