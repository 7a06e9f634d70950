//! The buses on NATS: the conformance suite, and what only a server can do.
//!
//! The tests need a server: the one `CQRS_TEST_NATS` names, by default `nats://127.0.0.1:4222`. Where none answers they
//! say so and pass; with `CQRS_TEST_REQUIRE_SERVICES=1` they fail. Those that kill servers start their own.

use cqrs_tests::nats::server_answers;

mod access;
mod application;
mod away;
mod dying;
mod hostile;
mod opening;
mod place;
mod relaying;
mod secrets;

cqrs::bus_conformance!(place::Place::new(), if server_answers());
