//! What is fixed when a bus is made.

use cqrs::bus::{BusError, CommandMessage, nats::NatsBus};
use cqrs_tests::{nats::server_answers, services::Service};

use crate::place::{PARTITIONS, Place};

#[tokio::test]
async fn the_number_of_partitions_is_fixed_with_the_first_open() {
    if !server_answers() {
        return;
    }
    let place = Place::new();
    place.broker().await;
    let other =
        NatsBus::builder(Service::Nats.address()).prefix(place.prefix().name()).partitions(PARTITIONS + 1);
    let refused = other.connect().await;
    assert!(matches!(refused, Err(BusError::PartitionsDiffer { partitions: 5, .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_settled_goes_from_the_server() {
    if !server_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let commands: Vec<_> = (0..200)
        .map(|number| CommandMessage::from_json("numbered", format!("key-{}", number % 9), "1"))
        .collect();
    bus.publish_all(&commands).await.unwrap();
    let name = format!("{}_command-bus", place.prefix().name());
    let jetstream = place.prefix().jetstream().await;
    let left = async || jetstream.get_stream(&name).await.unwrap().cached_info().state.messages;
    assert_eq!(left().await, 200);
    let listening = bus.listen().start(|_: CommandMessage| async { Ok(()) }).await.unwrap();
    let cleared = async {
        while left().await > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), cleared).await.expect("nothing is left");
    listening.stop().await.unwrap();
}

#[tokio::test]
async fn a_prefix_that_cannot_name_streams_is_refused() {
    if !server_answers() {
        return;
    }
    for bad in ["", "a.b", "a b", "*"] {
        let refused = NatsBus::builder(Service::Nats.address()).prefix(bad).connect().await;
        assert!(matches!(refused, Err(BusError::Name { .. })), "{refused:?}");
    }
}
