UPDATE dead_letters SET state = 'resuming', retry_at = NULL
WHERE handler = $1 AND category = $2 AND key = $3 AND position = $4 AND queue = 'log'
