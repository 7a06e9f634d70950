-- Amounts in hundredths.
CREATE TABLE accounts (
    account   INTEGER PRIMARY KEY,
    owner     TEXT    NOT NULL,
    overdraft INTEGER NOT NULL,
    balance   INTEGER NOT NULL DEFAULT 0,
    bookings  INTEGER NOT NULL DEFAULT 0
) STRICT;
