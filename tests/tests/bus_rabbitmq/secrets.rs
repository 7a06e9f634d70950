//! What lets one in is in no log, error or `Debug`.

use std::path::Path;

use cqrs::bus::{CommandMessage, rabbitmq::RabbitMqBus};
use cqrs_tests::{
    child,
    rabbitmq::{Place, broker_answers, server},
    said,
};

/// Uses the broker, and fails to with another password.
async fn use_broker() {
    said::say_everything();
    let place = Place::new();
    let broker = place.broker().await;
    let command = CommandMessage::from_json("change-password", "7", r#""t0psecret""#);
    broker.commands().publish(&command).await.unwrap();
    println!("{broker:?} {command:?}");
    let wrong = format!("amqp://alice:s3cret@{}", server());
    println!("{:?}", RabbitMqBus::builder(wrong.as_str()));
    println!("{}", said::in_full(&RabbitMqBus::builder(wrong.as_str()).connect().await.unwrap_err()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_and_a_payload_are_in_no_text() {
    const NAME: &str = "secrets::a_password_and_a_payload_are_in_no_text";
    if child::orders(NAME).is_some() {
        return use_broker().await;
    }
    if !broker_answers() {
        return;
    }
    let said = said::by(child::start(NAME, Path::new("none"), 0)).await;
    assert!(said.contains("RabbitMqBus"), "{said}");
    for secret in ["s3cret", "t0psecret"] {
        let line = said.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{line:?}");
    }
}
