//! Commands that wait until they are due.
#![allow(missing_docs, reason = "the domain is a test's")]

mod away;
mod buses;
mod cancelling;
mod clocks;
mod failing;
mod killing;
mod once;
mod others;
mod world;
