//! The NATS store: the conformance suite, and what only a store that many processes share can do.
//!
//! The tests need a server: the one `CQRS_TEST_NATS` names, by default `nats://127.0.0.1:4222`. Where none answers they
//! say so and pass; with `CQRS_TEST_REQUIRE_SERVICES=1` they fail. Those that kill servers start their own.

use cqrs_tests::nats::{Prefix, server_answers};

mod access;
mod application;
mod cluster;
mod crash;
mod crash_while_due;
mod damage;
mod decisions;
mod hostile;
mod killing;
mod leases;
mod lost_answers;
mod opening;
mod racing;
mod refusing;
mod requests;
mod waiting;
mod without_jetstream;

cqrs::store_conformance_tests!(Prefix::new(), if server_answers());
