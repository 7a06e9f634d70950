//! given / when / then for process managers: triggers, and what the process makes of them.

mod begin;
mod bench;
mod checks;
mod commands;
mod outcome;
mod record;

pub use begin::{Processing, process};
pub use commands::{ExpectedCommand, IntoCommands, expected};
pub use outcome::Processed;
