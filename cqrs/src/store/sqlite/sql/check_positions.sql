SELECT position, category, key FROM events WHERE position < 1 ORDER BY position
