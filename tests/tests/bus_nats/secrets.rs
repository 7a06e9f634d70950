//! What lets one in is in no log, error or `Debug`.

use std::{path::Path, time::Duration};

use cqrs::{
    bus::{CommandMessage, nats::NatsBus},
    store::{EventStore, nats::NatsStore},
};
use cqrs_tests::{
    child,
    nats_server::{NatsServer, can_start},
    ports::free_ports,
    said,
};

const PASSWORD: &str = "s3cret@word";
const WRITTEN: &str = "s3cret%40word";

/// Opens a bus and a store, uses them, and fails to with another password.
async fn use_server(host: &str) {
    said::say_everything();
    let right = format!("nats://alice:{WRITTEN}@{host}");
    let opened = async {
        loop {
            match NatsBus::builder(right.as_str()).prefix("secret").partitions(1).connect().await {
                Ok(broker) => return broker,
                Err(error) => println!("{}", said::in_full(&error)),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let broker = tokio::time::timeout(Duration::from_secs(30), opened).await.expect("the password is right");
    println!("{broker:?} {:?}", NatsBus::builder(right.as_str()));
    let command = CommandMessage::from_json("change-password", "7", r#""t0psecret""#);
    broker.commands().publish(&command).await.unwrap();
    let store = NatsStore::connect(&format!("{right}/secret")).await.unwrap();
    store.head().await.unwrap();
    let wrong = format!("nats://alice:{WRITTEN}x@{host}");
    println!("{}", said::in_full(&NatsBus::builder(wrong.as_str()).connect().await.unwrap_err()));
    println!("{}", said::in_full(&NatsStore::connect(&wrong).await.map(drop).unwrap_err()));
    for odd in [format!("nats://alice:s3cret/word@{host}/"), format!("{WRITTEN}://{host}")] {
        println!("{}", said::in_full(&NatsStore::connect(&odd).await.map(drop).unwrap_err()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_and_a_payload_are_in_no_text() {
    const NAME: &str = "secrets::a_password_and_a_payload_are_in_no_text";
    if let Some(orders) = child::orders(NAME) {
        return use_server(orders.file.to_str().unwrap()).await;
    }
    if !can_start() {
        return;
    }
    let [port] = free_ports();
    let arguments = ["--user", "alice", "--pass", PASSWORD].map(str::to_owned);
    let mut server = NatsServer::stopped(port, arguments.into());
    server.launch();
    let said = said::by(child::start(NAME, Path::new(&server.host()), 0)).await;
    assert!(said.contains("attempting connection"), "the client's log is heard: {said}");
    for secret in ["s3cret", "t0psecret"] {
        let line = said.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{line:?}");
    }
}
