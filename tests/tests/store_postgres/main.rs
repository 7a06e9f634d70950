//! The PostgreSQL store: the conformance suite, and what only a database that many processes share can do.
//!
//! The tests need a server: the one `CQRS_TEST_POSTGRES` names, by default `postgres://postgres@127.0.0.1:5432/test`.
//! Where none answers they say so and pass; with `CQRS_TEST_REQUIRE_SERVICES=1` they fail.

use cqrs_tests::postgres::{Schema, server_answers};

mod access;
mod binding;
mod blocking;
mod checking;
mod fence;
mod guarding;
mod hostile;
mod killing;
mod load;
mod locking;
mod long_streams;
mod migrating;
mod notices;
mod opening;
mod predecessor;
mod raw;
mod sharing;
mod stuck;
mod texts;
mod verdicts;

cqrs::store_conformance_tests!(Schema::new(), if server_answers());
