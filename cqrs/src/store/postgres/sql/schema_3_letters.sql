-- Letters of event handlers that wait for a retry, and what is done after a checkpoint. A process of the version before may go
-- on with handlers whose letters it can read. One that is `waiting` or `resuming` it cannot: a handler of it that finds one
-- stops, until a process of this version has its lease.
ALTER TABLE subscriptions
    ADD COLUMN done_above text; -- JSON: positions after the checkpoint that are done; none where there is none
ALTER TABLE dead_letters
    ADD COLUMN retry_at text COLLATE "C",              -- of one that is waiting
    ADD COLUMN queue    text NOT NULL DEFAULT 'letters'; -- letters or log: where what waits behind it is

CREATE INDEX dead_letters_by_state ON dead_letters (handler, state, category, key, position);
