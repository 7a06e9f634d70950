SELECT command_id, name, category, key, code, error, metadata, number FROM failures
