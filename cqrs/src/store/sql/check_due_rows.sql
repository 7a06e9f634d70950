SELECT key, due, owner, payload, kind || ' ' || key FROM due
