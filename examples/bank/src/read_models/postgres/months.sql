-- What was booked in each month, by the day of booking. Amounts in hundredths.
CREATE TABLE months (
    month    text   PRIMARY KEY, -- such as 1993-01
    credited bigint NOT NULL,
    debited  bigint NOT NULL,
    bookings bigint NOT NULL
);
