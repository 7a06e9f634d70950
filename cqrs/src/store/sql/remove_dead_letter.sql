DELETE FROM dead_letters WHERE handler = $1 AND category = $2 AND key = $3 AND position = $4
