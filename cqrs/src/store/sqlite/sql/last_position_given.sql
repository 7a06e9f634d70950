SELECT max(
    coalesce((SELECT max(position) FROM events), 0),
    coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'events'), 0)
)
