UPDATE dead_letters SET state = 'retrying' WHERE handler = $1 AND category = $2 AND key = $3 AND position = $4
