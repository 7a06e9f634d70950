SELECT id, first_position FROM commands
WHERE (first_position NOT IN (SELECT position FROM events) OR last_position NOT IN (SELECT position FROM events))
  -- A command that decided nothing has no positions; release 0.1.0 kept none of those.
  AND NOT (first_position = 0 AND last_position = 0 AND version IS NOT NULL)
  -- Such a row cannot be read at all, which is told of the row.
  AND min(first_position, last_position) >= 0
