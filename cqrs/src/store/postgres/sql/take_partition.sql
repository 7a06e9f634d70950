SELECT epoch, position FROM take_partition($1, CAST($2 AS uuid), $3 * interval '1 microsecond')
