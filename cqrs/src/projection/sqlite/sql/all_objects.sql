-- What the SQL of a projection can create; without what SQLite makes for itself, or keeps a virtual table in.
SELECT type, name FROM sqlite_schema
WHERE substr(name, 1, 7) <> 'sqlite_' AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')
