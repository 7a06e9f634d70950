-- Removes what waits, and keeps that its command is refused, unless the command has a record: then it gives that.
--
-- The lock is that of every append under the command's id, and is taken before the look: so of a refusal and an append one
-- is stored, and the other finds it.
CREATE OR REPLACE FUNCTION refuse_due(
    due_kind text, due_key text,
    command_id uuid, command_name text, command_version bigint, command_shape bigint, command_digest bytea,
    refused text
) RETURNS SETOF commands LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $$
#variable_conflict use_variable
BEGIN
    PERFORM lock_writes('{}', '{}', ARRAY[command_id], '{}', '{}');
    DELETE FROM due AS waiting WHERE waiting.kind = due_kind AND waiting.key = due_key;
    RETURN QUERY SELECT known.* FROM commands AS known WHERE known.id = command_id;
    IF NOT FOUND THEN
        INSERT INTO commands (id, name, version, shape, digest, outcome)
        VALUES (command_id, command_name, command_version, command_shape, command_digest, refused::json);
    END IF;
END $$;
