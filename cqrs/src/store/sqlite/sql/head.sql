SELECT position FROM events ORDER BY position DESC LIMIT 1
