//! What reads the log: projections, event handlers, and the checks before any of them runs.
#![allow(missing_docs, reason = "the domain is a test's")]

mod handler_kills;
mod handlers;
mod health;
mod leases;
mod letters;
mod mail_outage;
mod operation;
mod plausible;
mod projections;
mod starting;
mod tail;
mod world;
