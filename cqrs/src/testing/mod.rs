//! What tests of an application, of a store and of a bus need.
//!
//! - [`given`] / [`given_nothing`]: a history, a command, and what the aggregate decides.
//! - [`aggregates`]: the histories of several, a command, and what is decided for each: for command handler functions.
//! - [`handler`]: an event handler function, an event, and whether it is handled.
//! - [`project`]: events, and what a projection in memory makes of them.
//! - `project_table`: events, and the rows that a projection in SQLite makes of them.
//! - [`process()`]: events, refusals and time, and what a process manager sends, sets and becomes.
//! - [`ManualClock`]: time that passes when the test says so.
//! - [`TestApplication`]: all of it together, less what the test has no services for.
//! - [`bus`], [`store`]: the promises every bus and every store keeps, as checks.

mod application;
pub mod bus;
mod clock;
mod core;
mod difference;
mod handling;
mod log;
mod process;
mod projecting;
mod scenario;
mod settling;
mod several;
pub mod store;
#[cfg(feature = "sqlite")]
mod tables;
mod telling;

pub use application::{TestApplication, TestApplicationBuilder};
pub use clock::ManualClock;
pub use handling::{Handled, Handling, handler, handler_by_hand};
pub use process::{ExpectedCommand, IntoCommands, Processed, Processing, expected, process};
pub use projecting::{Projecting, project};
pub use scenario::{Given, Outcome, Rule, given, given_nothing};
use settling::settled;
pub use several::{Aggregates, Happened, aggregates};
#[cfg(feature = "sqlite")]
pub use tables::{ProjectedTable, ProjectingTable, project_table};
