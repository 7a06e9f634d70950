//! given / when / then: a history, a command, and what the aggregate makes of it.

mod given;
mod history;
mod outcome;
mod run;

pub use given::{Given, given, given_nothing};
pub use outcome::{Outcome, Rule};
