SELECT DISTINCT handler FROM dead_letters
WHERE handler = ANY ($1) AND state IN ('retrying', 'resuming')
