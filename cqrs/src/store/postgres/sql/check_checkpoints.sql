SELECT name, position, coalesce(pg_sequence_last_value('events_position_seq'::regclass), 0) FROM subscriptions
WHERE position > coalesce(pg_sequence_last_value('events_position_seq'::regclass), 0)
