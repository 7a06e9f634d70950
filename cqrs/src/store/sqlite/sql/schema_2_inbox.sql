-- Schema version 2: how far each group of listeners of an event bus has come in each stream.
CREATE TABLE inbox (
    consumer_group TEXT    NOT NULL,
    category       TEXT    NOT NULL,
    key            TEXT    NOT NULL,
    version        INTEGER NOT NULL, -- of the last event that was handled
    PRIMARY KEY (consumer_group, category, key)
) STRICT, WITHOUT ROWID;
