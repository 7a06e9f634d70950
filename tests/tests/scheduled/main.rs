//! Commands that wait until they are due.
#![allow(missing_docs, reason = "the domain is a test's")]

mod away;
mod buses;
mod cancelling;
mod clocks;
mod failing;
mod killing;
#[cfg(feature = "nats")]
mod killing_nats;
mod once;
mod others;
mod world;
