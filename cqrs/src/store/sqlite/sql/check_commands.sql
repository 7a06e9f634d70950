SELECT id, first_position FROM commands
WHERE first_position NOT IN (SELECT position FROM events)
   OR last_position NOT IN (SELECT position FROM events)
