SELECT count(*) FROM dead_letters WHERE handler = $1 AND state NOT IN ('waiting', 'resuming')
