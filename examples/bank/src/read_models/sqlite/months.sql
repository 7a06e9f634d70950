-- What was booked in each month, by the day of booking. Amounts in hundredths.
CREATE TABLE months (
    month    TEXT    PRIMARY KEY, -- such as 1993-01
    credited INTEGER NOT NULL,
    debited  INTEGER NOT NULL,
    bookings INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
