SELECT position, category, key, version FROM events WHERE position BETWEEN ?1 AND ?2 ORDER BY position
