SELECT category, key, ended, version, position, next_due, category || '/' || key FROM process_rows
