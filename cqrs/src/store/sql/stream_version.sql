SELECT version FROM events WHERE category = $1 AND key = $2 ORDER BY version DESC LIMIT 1
