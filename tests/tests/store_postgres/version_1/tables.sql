-- Schema version 1 of an event store. Times are RFC 3339 in UTC with nine decimals, so that they sort as text and
-- lose nothing.

CREATE TABLE schema_versions (
    version integer     NOT NULL PRIMARY KEY,
    applied timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The log: SELECT payload ->> 'amount' FROM events. Nobody chooses a position: they come from the sequence.
CREATE TABLE events (
    position       bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    category       text COLLATE "C" NOT NULL, -- the kind of aggregate
    key            text COLLATE "C" NOT NULL, -- which aggregate
    version        bigint           NOT NULL, -- 1, 2, 3, ... in its stream
    id             uuid             NOT NULL,
    name           text COLLATE "C" NOT NULL,
    schema_version bigint           NOT NULL,
    payload        json             NOT NULL,
    metadata       json             NOT NULL,
    correlation_id uuid             NOT NULL, -- also in metadata; here to be found by
    tenant         text,                      -- also in metadata; here to be found by
    time           text COLLATE "C" NOT NULL, -- also in metadata; here to be found by
    encrypted      bytea,                     -- room for personal fields under a key of encryption_keys
    UNIQUE (category, key, version)
);

CREATE INDEX events_by_correlation ON events (correlation_id);

CREATE TABLE event_tags (
    tag      text COLLATE "C" NOT NULL,
    position bigint           NOT NULL,
    PRIMARY KEY (tag, position)
);

-- Commands that were handled.
CREATE TABLE commands (
    id          uuid  NOT NULL PRIMARY KEY,
    name        text  NOT NULL,
    fingerprint bytea NOT NULL, -- 16 bytes of the SHA-256 of name and payload
    outcome     json  NOT NULL  -- where its events are
);

-- The fence. Whoever adds events holds this lock, shared, from before the first position is drawn until the
-- transaction has ended: a statement trigger comes before the defaults of the statement's rows. Readers wait for
-- nobody else. The first number is `cqrs` in ASCII, the second names this table.
CREATE FUNCTION take_the_fence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1668379251, TG_RELID::int);
    RETURN NULL;
END $$;
CREATE TRIGGER events_are_fenced BEFORE INSERT ON events
FOR EACH STATEMENT EXECUTE FUNCTION take_the_fence();

-- What happened stays as it happened.
CREATE FUNCTION refuse_to_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are never changed or removed', TG_TABLE_NAME;
END $$;
CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();
CREATE TRIGGER event_tags_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON event_tags
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change();

CREATE TABLE snapshots (
    category    text COLLATE "C" NOT NULL,
    key         text COLLATE "C" NOT NULL,
    version     bigint           NOT NULL,
    fingerprint bigint           NOT NULL, -- of the code that made it
    state       json             NOT NULL,
    PRIMARY KEY (category, key)
);

CREATE TABLE subscriptions (
    name        text COLLATE "C" NOT NULL PRIMARY KEY,
    version     bigint           NOT NULL,
    position    bigint           NOT NULL, -- the checkpoint: everything up to here is done
    started_at  bigint           NOT NULL, -- the checkpoint it began with
    epoch       bigint           NOT NULL, -- how often the owner has changed
    owner       uuid,
    lease_until timestamptz                -- by the clock of the server
);

-- What the SQL of each projection created, so that a rebuild can drop it.
CREATE TABLE projection_objects (
    projection text NOT NULL,
    kind       text NOT NULL, -- table or view
    name       text NOT NULL,
    PRIMARY KEY (projection, kind, name)
);

CREATE TABLE dead_letters (
    handler  text COLLATE "C" NOT NULL,
    category text COLLATE "C" NOT NULL,
    key      text COLLATE "C" NOT NULL,
    position bigint           NOT NULL,
    version  bigint           NOT NULL,
    state    text             NOT NULL, -- failed, queued or retrying
    attempts bigint           NOT NULL,
    error    text             NOT NULL,
    time     text             NOT NULL,
    PRIMARY KEY (handler, category, key, position)
);

-- Commands that were refused or went wrong: a record for people.
CREATE TABLE failures (
    number         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    command_id     uuid             NOT NULL,
    name           text             NOT NULL,
    category       text,
    key            text,
    code           text             NOT NULL,
    error          text             NOT NULL,
    metadata       json             NOT NULL,
    correlation_id uuid             NOT NULL,
    time           text COLLATE "C" NOT NULL
);

CREATE INDEX failures_by_correlation ON failures (correlation_id, time);
CREATE INDEX failures_by_time ON failures (time);

-- Room for keys of encrypted personal fields; removing one makes its fields unreadable.
CREATE TABLE encryption_keys (
    subject text  NOT NULL PRIMARY KEY,
    key     bytea NOT NULL,
    time    text  NOT NULL
);
