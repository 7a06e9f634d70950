//! What event handler functions take, what they send, and how they are run.
#![allow(missing_docs, reason = "the domain is a test's")]

mod failing;
mod kit;
mod reading;
mod sending;
mod sending_again;
mod settings;
mod world;
