CREATE TABLE users (
    account       INTEGER PRIMARY KEY,
    owner         TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    password_hash TEXT              -- none until the owner has set a password
) STRICT;
