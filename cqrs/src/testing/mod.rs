//! What tests of an application, of a store and of a bus need.
//!
//! - [`given`] / [`given_nothing`]: a history, a command, and what the aggregate decides.
//! - [`project`]: events, and what a projection in memory makes of them.
//! - [`bus`], [`store`]: the promises every bus and every store keeps, as checks.

pub mod bus;
mod difference;
mod projecting;
mod scenario;
pub mod store;

pub use projecting::{Projecting, project};
pub use scenario::{Given, Outcome, Refusal, given, given_nothing};
