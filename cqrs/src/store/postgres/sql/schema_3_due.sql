-- What waits for a time. A process of the version before neither writes nor reads it. A refusal of a command is a part of its
-- record's outcome; such a record has the fingerprint that a process of the version before cannot read.
CREATE TABLE due (
    kind    text COLLATE "C" NOT NULL, -- command or timer
    key     text COLLATE "C" NOT NULL,
    due     text COLLATE "C" NOT NULL,
    owner   text COLLATE "C" NOT NULL, -- whose it is, such as the name of the command
    payload text             NOT NULL, -- JSON
    PRIMARY KEY (kind, key)
);

CREATE INDEX due_by_time ON due (kind, owner, due, key);
