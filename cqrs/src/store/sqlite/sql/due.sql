SELECT key, due, owner, payload FROM due
WHERE kind = ?1 AND owner = ?2 AND due <= ?3 AND (due, key) > (?4, ?5)
ORDER BY due, key LIMIT ?6
