-- Amounts in hundredths.
CREATE TABLE accounts (
    account   bigint PRIMARY KEY,
    owner     text   NOT NULL,
    overdraft bigint NOT NULL,
    balance   bigint NOT NULL DEFAULT 0,
    bookings  bigint NOT NULL DEFAULT 0
);
