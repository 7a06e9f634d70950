-- Schema version 3: letters of event handlers that wait for a retry, and what is done after a checkpoint.
--
-- Processes of version 2 that run may go on appending, and go on with handlers whose letters they can read. A letter that is
-- `waiting` or `resuming` they cannot: a handler of theirs that finds one stops, until a process of this version has its lease.
ALTER TABLE subscriptions ADD COLUMN done_above TEXT; -- JSON: positions after the checkpoint that are done; none where there is none
ALTER TABLE dead_letters ADD COLUMN retry_at TEXT;    -- of one that is waiting
ALTER TABLE dead_letters ADD COLUMN queue TEXT NOT NULL DEFAULT 'letters'; -- letters or log: where what waits behind it is

CREATE INDEX dead_letters_by_state ON dead_letters (handler, state, category, key, position);
