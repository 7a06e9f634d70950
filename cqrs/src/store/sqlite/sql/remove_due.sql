DELETE FROM due WHERE kind = ?1 AND key = ?2
