//! One broker for several applications and several processes.

use std::time::Duration;

use cqrs::bus::{BusError, CommandMessage, rabbitmq::RabbitMqBus};
use cqrs_tests::{
    child,
    rabbitmq::{PARTITIONS, Place, address, broker_answers, connect},
};
use lapin::{options::QueueDeclareOptions, types::FieldTable};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::witness::{Witness, command, commands, listen};

#[tokio::test(flavor = "multi_thread")]
async fn two_applications_share_a_broker_by_their_prefixes() {
    if !broker_answers() {
        return;
    }
    let places = [Place::new(), Place::new()];
    let mut all = Vec::new();
    for place in &places {
        let bus = place.broker().await.commands();
        let witness = Witness::default();
        let listening = listen(&bus).start(witness.handler()).await.unwrap();
        bus.publish_all(&commands(5, 5)).await.unwrap();
        all.push((witness, listening));
    }
    for (witness, listening) in all {
        witness.until(25).await;
        listening.stop().await.unwrap();
        assert_eq!(witness.doubles(), 0, "each gets its own");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_number_of_partitions_is_refused() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    place.broker().await;
    let options = RabbitMqBus::builder(address()).prefix(place.prefix()).partitions(PARTITIONS * 2);
    match options.connect().await {
        Err(BusError::PartitionsDiffer { partitions: 8, source }) => {
            assert!(source.to_string().contains("'4'"), "the broker tells the number there is: {source}");
        }
        other => panic!("the number is fixed: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_has_events_has_no_queues_for_commands() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let options = RabbitMqBus::builder(address()).prefix(place.prefix()).partitions(PARTITIONS);
    let broker = options.only_events().connect().await.unwrap();
    let queue = format!("{}.commands.0", place.prefix());
    assert!(!is_there(&queue).await, "nobody has asked for commands");
    let unroutable = broker.commands().publish_all(&commands(1, 1)).await;
    assert!(unroutable.is_err(), "nobody keeps it");
    let witness = Witness::default();
    let listening = listen(&broker.commands()).start(witness.handler()).await.unwrap();
    broker.commands().publish_all(&commands(1, 1)).await.unwrap();
    witness.until(1).await;
    listening.stop().await.unwrap();
}

async fn is_there(queue: &str) -> bool {
    let connection = connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue.into(), passive, FieldTable::default()).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prefix_that_could_be_mistaken_for_another_is_refused() {
    for prefix in ["", "bank.events", "bank/7", &"b".repeat(101)] {
        let opened = RabbitMqBus::builder(address()).prefix(prefix).connect().await;
        assert!(matches!(opened, Err(BusError::Name { .. })), "{prefix}: {opened:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_not_there_is_an_error_at_the_start() {
    let opened = RabbitMqBus::builder("amqp://127.0.0.1:1").connect().await;
    assert!(matches!(opened, Err(BusError::Transport { operation: "connect", .. })), "{opened:?}");
}

const NAME: &str = "sharing::a_listener_that_is_killed_is_replaced_by_the_other";
const KEYS: usize = 20;
const COUNT: usize = 100;

/// Listens, says what it has handled, and waits for its end.
async fn run_child(orders: child::Orders) {
    let prefix = orders.file.to_str().unwrap().to_owned();
    let broker =
        RabbitMqBus::builder(address()).prefix(prefix).partitions(PARTITIONS).connect().await.unwrap();
    let handler = |command: CommandMessage| async move {
        tokio::time::sleep(Duration::from_millis(1)).await;
        println!("handled {} {}", command.key, command.payload.as_json());
        Ok(())
    };
    let _listening = listen(&broker.commands()).start(handler).await.unwrap();
    println!("listening");
    std::future::pending::<()>().await;
}

/// Two processes share the commands, one is killed, and the other takes over; then a third comes. A key is with one of
/// them at a time, so its lines are in order whoever wrote them.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_is_killed_is_replaced_by_the_other() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(orders).await;
    }
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let witness = Witness::default();
    let mut first = Listener::start(&place, &witness).await;
    let second = Listener::start(&place, &witness).await;
    bus.publish_all(&commands(KEYS, COUNT)).await.unwrap();
    witness.until(KEYS * COUNT / 3).await;
    first.child.kill().await.unwrap();
    let third = Listener::start(&place, &witness).await;
    witness.until(KEYS * COUNT).await;
    drop((second, third));
    witness.assert_in_order();
}

struct Listener {
    child: tokio::process::Child,
}

impl Listener {
    /// Starts a process, and tells the witness of everything it has handled.
    async fn start(place: &Place, witness: &Witness) -> Self {
        let mut child = child::start(NAME, place.prefix().as_ref(), 0);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line == "listening" {
                break;
            }
        }
        let witness = witness.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if let [_, key, number] = *line.split(' ').collect::<Vec<_>>() {
                    witness.see(&command(key, number.parse().unwrap()));
                }
            }
        });
        Self { child }
    }
}
