-- Schema version 3: what waits for a time, and commands that were refused for good.
--
-- Processes of version 2 that run may go on appending: they neither write nor read what waits, and no duty of theirs is left
-- undone by that. A record with a refusal has an empty `fingerprint` like all of ours, and they cannot read it.
CREATE TABLE due (
    kind    TEXT NOT NULL, -- command or timer
    key     TEXT NOT NULL,
    due     TEXT NOT NULL,
    owner   TEXT NOT NULL, -- whose it is, such as the name of the command
    payload TEXT NOT NULL, -- JSON
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX due_by_time ON due (kind, owner, due, key);

ALTER TABLE commands ADD COLUMN refusal TEXT; -- JSON: why it was refused; none for one that was accepted
