//! Names that nobody knows: whoever answers for them is away, or they are to be known in a while.

use cqrs::{bus::rabbitmq::RabbitMqBus, prelude::PostgresStore};

/// Below a domain that has no names, by RFC 2606.
const UNKNOWN: &str = "nobody.invalid";

#[tokio::test]
async fn a_host_whose_name_is_not_known_is_an_outage() {
    let store = PostgresStore::builder().connect(&format!("postgres://{UNKNOWN}/bank")).await;
    let error = store.expect_err("nobody has that name");
    assert!(error.is_outage(), "{error:?}");
    let bus = RabbitMqBus::builder(format!("amqp://guest:guest@{UNKNOWN}:5672")).connect().await;
    let error = bus.expect_err("nobody has that name");
    assert!(error.is_outage(), "{error:?}");
}
