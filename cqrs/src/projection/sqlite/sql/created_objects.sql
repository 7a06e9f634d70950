SELECT kind, name FROM projection_objects WHERE projection = ?1 ORDER BY kind DESC
