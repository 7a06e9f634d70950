UPDATE projection_objects SET projection = $1 WHERE projection = $2
