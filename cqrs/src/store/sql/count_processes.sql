SELECT count(*) FILTER (WHERE NOT ended), count(*) FILTER (WHERE ended) FROM process_rows WHERE category = $1
