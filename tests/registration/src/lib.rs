//! A small registration for a conference: what the tests of process managers are about. A test says by the note of an order
//! what the process is to do.
#![allow(missing_docs, reason = "the domain is for these tests only")]

mod aggregates;
mod messages;
mod process;

pub use aggregates::{Conference, NoSeats, Order, Payment, SEATS};
pub use messages::*;
pub use process::Registration;
