SELECT key, due, owner, payload FROM due WHERE kind = $1 AND key = $2
