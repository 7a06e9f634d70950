UPDATE dead_letters SET state = 'retrying', retry_at = NULL
WHERE handler = $1 AND category = $2 AND key = $3 AND position = $4 AND state <> 'resuming'
