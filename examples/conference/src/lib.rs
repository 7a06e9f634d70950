//! A conference that sells exactly the seats it has, to people who all come at once.
//!
//! Three contexts, which know of each other by events and commands alone: [`management`] says what there is, [`registration`]
//! hands it out, and [`payments`] is told of money. What holds them together is a process:
//! [`Registration`](registration::Registration), from an order to its payment or to the end of its time.
//!
//! The program beside this library, `src/bin/conference`, sells out three conferences and checks what came of it.

pub mod management;
pub mod payments;
pub mod registration;
mod seats;

pub use management::ConferenceId;
pub use registration::OrderId;
pub use seats::{Price, SeatType, Seats};
