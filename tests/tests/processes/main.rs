//! Process managers: what a step is made of, what leads to none, what start refuses, and how they run.
#![allow(missing_docs, reason = "the domain is a test's")]

mod by_hand;
mod failing;
mod finding;
mod kit;
mod passing_over;
mod recorded;
mod running;
mod starting;
mod stepping;
mod timing;
mod world;
