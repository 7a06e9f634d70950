//! The rows about PostgreSQL. They need a server: at `CQRS_TEST_POSTGRES`, or on this machine.

pub mod append;
pub mod fence;
pub mod fold;
mod peer;
pub mod place;
pub mod projection;
pub mod raw;
