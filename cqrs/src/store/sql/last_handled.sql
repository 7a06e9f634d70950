SELECT version FROM inbox WHERE consumer_group = $1 AND category = $2 AND key = $3
