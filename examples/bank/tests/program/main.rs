//! The program, run as a person runs it.

mod bad_rows;
mod earlier_release;
#[cfg(not(all(feature = "nats", feature = "postgres", feature = "rabbitmq")))]
mod engines;
mod import;
mod killed;
#[cfg(any(feature = "nats", feature = "rabbitmq"))]
mod outages;
mod real_file;
mod report;
mod scenario;
mod support;
