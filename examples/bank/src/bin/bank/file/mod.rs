//! The CSV file of bookings: read line by line, so that a bad row harms none but itself, in bounded memory.

mod bookings;
mod lines;
mod row;

pub(crate) use bookings::Bookings;
pub(crate) use row::{BadRow, Kind, Row};
