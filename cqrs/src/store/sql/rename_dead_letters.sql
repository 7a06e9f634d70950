UPDATE dead_letters SET handler = $1 WHERE handler = $2
