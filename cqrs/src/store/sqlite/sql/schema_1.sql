-- Schema version 1 of an event store. Times are RFC 3339 in UTC with nine decimals, so that they sort as text.

-- The log. `payload` and `metadata` are JSON: SELECT payload ->> '$.amount' FROM events.
CREATE TABLE events (
    position       INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice
    category       TEXT    NOT NULL,                  -- the kind of aggregate
    key            TEXT    NOT NULL,                  -- which aggregate
    version        INTEGER NOT NULL,                  -- 1, 2, 3, ... in its stream
    id             TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    schema_version INTEGER NOT NULL,
    payload        TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    correlation_id TEXT    NOT NULL,                  -- also in metadata; here to be found by
    tenant         TEXT,                              -- also in metadata; here to be found by
    time           TEXT    NOT NULL,                  -- also in metadata; here to be found by
    encrypted      BLOB,                              -- room for personal fields under a key of `encryption_keys`
    UNIQUE (category, key, version)
) STRICT;

CREATE INDEX events_by_correlation ON events (correlation_id);

CREATE TABLE event_tags (
    tag      TEXT    NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

-- Commands that were handled. The events of one are next to each other.
CREATE TABLE commands (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    fingerprint    BLOB    NOT NULL, -- 16 bytes of the SHA-256 of name and payload
    first_position INTEGER NOT NULL,
    last_position  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What happened stays as it happened.
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN SELECT raise(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_are_not_removed BEFORE DELETE ON events
BEGIN SELECT raise(ABORT, 'events are never removed'); END;
-- REPLACE removes rows without asking the trigger above, unless the connection asks for it.
CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
WHEN EXISTS (SELECT 1 FROM events WHERE position = NEW.position)
  OR EXISTS (SELECT 1 FROM events WHERE category = NEW.category AND key = NEW.key AND version = NEW.version)
BEGIN SELECT raise(ABORT, 'events are never replaced'); END;
CREATE TRIGGER event_tags_are_not_changed BEFORE UPDATE ON event_tags
BEGIN SELECT raise(ABORT, 'the tags of events are never changed'); END;
CREATE TRIGGER event_tags_are_not_removed BEFORE DELETE ON event_tags
BEGIN SELECT raise(ABORT, 'the tags of events are never removed'); END;

CREATE TABLE snapshots (
    category    TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    fingerprint INTEGER NOT NULL, -- of the code that made it
    state       TEXT    NOT NULL, -- JSON
    PRIMARY KEY (category, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE subscriptions (
    name        TEXT    NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    position    INTEGER NOT NULL, -- the checkpoint: everything up to here is done
    started_at  INTEGER NOT NULL, -- the checkpoint it began with
    epoch       INTEGER NOT NULL, -- how often the owner has changed
    owner       TEXT,
    lease_until TEXT
) STRICT, WITHOUT ROWID;

-- What the SQL of each projection created, so that a rebuild can drop it.
CREATE TABLE projection_objects (
    projection TEXT NOT NULL,
    kind       TEXT NOT NULL, -- table or view
    name       TEXT NOT NULL,
    PRIMARY KEY (projection, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
    handler  TEXT    NOT NULL,
    category TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    position INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    state    TEXT    NOT NULL, -- failed, queued or retrying
    attempts INTEGER NOT NULL,
    error    TEXT    NOT NULL,
    time     TEXT    NOT NULL,
    PRIMARY KEY (handler, category, key, position)
) STRICT, WITHOUT ROWID;

-- Commands that were refused or went wrong: a record for people.
CREATE TABLE failures (
    number         INTEGER PRIMARY KEY,
    command_id     TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    category       TEXT,
    key            TEXT,
    code           TEXT    NOT NULL,
    error          TEXT    NOT NULL,
    metadata       TEXT    NOT NULL,
    correlation_id TEXT    NOT NULL,
    time           TEXT    NOT NULL
) STRICT;

CREATE INDEX failures_by_correlation ON failures (correlation_id, time);
CREATE INDEX failures_by_time ON failures (time);

-- Room for keys of encrypted personal fields; removing one makes its fields unreadable.
CREATE TABLE encryption_keys (
    subject TEXT NOT NULL PRIMARY KEY,
    key     BLOB NOT NULL,
    time    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
