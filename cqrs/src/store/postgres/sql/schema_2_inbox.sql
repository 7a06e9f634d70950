-- Schema version 2: how far each group of listeners of an event bus has come in each stream.
CREATE TABLE inbox (
    consumer_group text COLLATE "C" NOT NULL,
    category       text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    version        bigint           NOT NULL, -- of the last event that was handled
    PRIMARY KEY (consumer_group, category, key)
);
