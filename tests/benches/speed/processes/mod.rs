//! The rows about process managers.

mod job;
pub mod latency;
mod run;
pub mod steps;
pub mod timers;
pub mod woken;
