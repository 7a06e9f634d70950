//! The buses on RabbitMQ: the conformance suite, and what only a broker can do.
//!
//! The tests need a broker: the one `CQRS_TEST_RABBITMQ` names, by default `amqp://guest:guest@127.0.0.1:5672`. Where none
//! answers they say so and pass; with `CQRS_TEST_REQUIRE_SERVICES=1` they fail.

use cqrs_tests::rabbitmq::{Place, broker_answers};

mod access;
mod contents;
mod cutting;
mod hostile;
mod memory;
mod refusing;
mod secrets;
mod sharing;
mod stopping;
mod waiting;
mod witness;

cqrs::bus_conformance!(Place::new(), if broker_answers());
