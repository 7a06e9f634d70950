-- What the SQL of a projection can create, in the order of creation, as DROP takes it; without what belongs to another
-- object and goes with it, or to an extension.
SELECT kind, name FROM (
    SELECT c.oid, c.tableoid, quote_ident(c.relname) AS name, CASE c.relkind
        WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE'
        ELSE 'TABLE'
    END AS kind
    FROM pg_class c WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    UNION ALL
    SELECT t.oid, t.tableoid, quote_ident(t.typname), 'TYPE'
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
      AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
    UNION ALL
    SELECT p.oid, p.tableoid, quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')', 'ROUTINE'
    FROM pg_proc p WHERE p.pronamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
) AS o
WHERE NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = o.tableoid AND d.objid = o.oid AND d.objsubid = 0
      AND (d.deptype = 'e' OR d.deptype IN ('a', 'i') AND d.refclassid IN ('pg_class'::regclass, 'pg_type'::regclass))
)
ORDER BY oid
