SELECT kind, name FROM projection_objects WHERE projection = ?1
