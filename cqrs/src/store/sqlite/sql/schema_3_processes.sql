-- Schema version 3: where processes stand, so that they can be listed. A process of the version before runs none.
CREATE TABLE process_rows (
    category TEXT NOT NULL,
    key      TEXT NOT NULL,
    ended    INTEGER NOT NULL, -- 0 or 1
    version  INTEGER NOT NULL, -- of its last step in its stream
    position INTEGER NOT NULL, -- of its last step in the log
    next_due TEXT,             -- when its next timer is due; none if none is pending
    PRIMARY KEY (category, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX process_rows_by_state ON process_rows (category, ended, key);
