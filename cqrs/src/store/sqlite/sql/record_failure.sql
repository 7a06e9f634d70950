INSERT INTO failures
    (command_id, name, category, key, code, error, metadata, correlation_id, time)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
