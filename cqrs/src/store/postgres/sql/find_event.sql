SELECT category, key, version, name FROM events WHERE position = $1
