//! A broker that is stopped and started again.

use std::time::Duration;

use cqrs::bus::rabbitmq::RabbitMqBus;
use cqrs_tests::rabbitmq_server::RabbitMqServer;

use crate::witness::{Witness, commands, listen, publish_stubbornly};

const KEYS: usize = 10;
const COUNT: usize = 300;

/// Commands are published and handled while the broker goes away and comes back: whatever was confirmed arrives, in order,
/// and nobody has to do anything about it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_the_broker_is_stopped_and_started() {
    let Some(mut node) = RabbitMqServer::start().await else { return };
    let broker = RabbitMqBus::builder(node.address()).partitions(4).connect().await.unwrap();
    let bus = broker.commands();
    let witness = Witness::default();
    let listening = listen(&bus).start(witness.handler()).await.unwrap();
    let publishing = tokio::spawn({
        let bus = bus.clone();
        async move {
            let mut failures = 0;
            for batch in commands(KEYS, COUNT).chunks(10) {
                failures += publish_stubbornly(&bus, batch).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            failures
        }
    });
    witness.until(KEYS * COUNT / 10).await;
    node.down().await;
    let before = witness.count();
    assert!(!publishing.is_finished() && before < KEYS * COUNT, "it was over before the broker went");
    node.up().await;
    publishing.await.unwrap();
    witness.until(KEYS * COUNT).await;
    assert!(listening.is_running(), "it goes on by itself");
    listening.stop().await.unwrap();
    bus.close().await.unwrap();
    witness.assert_in_order();
    node.down().await;
}
