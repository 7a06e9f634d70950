SELECT count(*) FROM dead_letters WHERE handler = $1
