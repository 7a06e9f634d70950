SELECT id::text, min(position), max(position) FROM events GROUP BY id HAVING count(*) > 1 ORDER BY 2
