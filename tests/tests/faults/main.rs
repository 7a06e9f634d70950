//! The faults of others, each as a test that would fail on it: those of the Go package this one re-imagines, and
//! those seen in today's frameworks.
#![allow(missing_docs, reason = "the domain is a test's")]

mod go_package;
mod secrets;
mod snapshots;
mod todays_frameworks;
mod world;
