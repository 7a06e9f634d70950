-- Tables that a projection has not made, with rows that refer to rows of its tables which are not there.
WITH made AS (SELECT name FROM projection_objects WHERE projection = ?1 AND kind = 'table')
SELECT DISTINCT child.name, broken.parent
FROM sqlite_schema AS child
JOIN pragma_foreign_key_list(child.name) AS reference ON reference."table" COLLATE NOCASE IN (SELECT name FROM made)
JOIN pragma_foreign_key_check(child.name) AS broken ON broken.parent = reference."table"
WHERE child.type = 'table' AND child.name NOT IN (SELECT name FROM made)
