DELETE FROM projection_objects WHERE projection = $1
