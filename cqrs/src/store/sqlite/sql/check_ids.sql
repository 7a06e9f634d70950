SELECT id, min(position), max(position) FROM events GROUP BY id HAVING count(*) > 1
