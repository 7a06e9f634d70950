INSERT INTO due (kind, key, due, owner, payload) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (kind, key) DO NOTHING
