-- Where processes stand, so that they can be listed. A process of the version before runs none.
CREATE TABLE process_rows (
    category text COLLATE "C" NOT NULL,
    key      text COLLATE "C" NOT NULL,
    ended    boolean          NOT NULL,
    version  bigint           NOT NULL, -- of its last step in its stream
    position bigint           NOT NULL, -- of its last step in the log
    next_due text COLLATE "C",          -- when its next timer is due; none if none is pending
    PRIMARY KEY (category, key)
);

CREATE INDEX process_rows_by_state ON process_rows (category, ended, key);
