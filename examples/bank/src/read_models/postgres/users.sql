CREATE TABLE users (
    account       bigint PRIMARY KEY,
    owner         text   NOT NULL,
    email         text   NOT NULL,
    password_hash text              -- none until the owner has set a password
);
