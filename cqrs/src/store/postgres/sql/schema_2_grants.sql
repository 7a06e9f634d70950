-- Positions are drawn before events are inserted, which takes a right of its own. Whoever could add events still can.
DO $$
DECLARE
    role oid;
BEGIN
    FOR role IN
        SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) AS a
        WHERE c.oid = 'events'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE events_position_seq TO %s',
                       CASE role WHEN 0 THEN 'PUBLIC' ELSE role::regrole::text END);
    END LOOP;
END $$;
