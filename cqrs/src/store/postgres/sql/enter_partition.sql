SELECT name, version, position, started_at, epoch, number FROM enter_partition($1, $2)
