SELECT position, category, key, position > coalesce(pg_sequence_last_value('events_position_seq'::regclass), 0) AS beyond
FROM events
WHERE position < 1 OR position > coalesce(pg_sequence_last_value('events_position_seq'::regclass), 0)
ORDER BY position
