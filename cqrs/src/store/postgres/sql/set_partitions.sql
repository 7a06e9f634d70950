INSERT INTO partitions (projection, count) VALUES ($1, $2)
ON CONFLICT (projection) DO UPDATE SET count = excluded.count
