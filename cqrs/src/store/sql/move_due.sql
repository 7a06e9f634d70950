UPDATE due SET due = $1, owner = $2, payload = $3
WHERE kind = $4 AND key = $5 AND due = $6 AND owner = $7 AND payload = $8
