//! Process managers: what a step is made of, what leads to none, what start refuses, and how they run.
#![allow(missing_docs, reason = "the domain is a test's")]

mod at_random;
mod attacks;
mod by_an_operator;
mod by_hand;
mod early;
mod endless;
mod extremes;
mod failing;
mod finding;
mod killing;
mod kit;
mod limits;
mod listing;
mod model;
mod outcomes;
mod passing_over;
mod recorded;
mod regained;
mod ringing;
mod running;
mod sharing;
#[cfg(feature = "postgres")]
mod slots;
mod starting;
mod stepping;
mod timing;
mod too_early;
mod unseen;
mod world;
