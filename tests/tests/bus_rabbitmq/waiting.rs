//! Waits for a broker that is away, which end when it comes back, or when nobody wants it any more.

use std::time::{Duration, Instant};

use cqrs::{
    bus::{BusError, rabbitmq::RabbitMqBus},
    handler::StartFrom,
    prelude::*,
    registry::Registry,
    store::memory::MemoryStore,
};
use cqrs_tests::{
    bank::{AccountId, OpenAccount},
    rabbitmq::{self, Place, broker_answers},
    rabbitmq_server::RabbitMqServer,
};
use futures_util::StreamExt;
use lapin::{
    options::{BasicConsumeOptions, BasicNackOptions},
    types::FieldTable,
};

use crate::witness::Witness;

/// How long a wait that ends at once may take on a slow machine.
const AT_ONCE: Duration = Duration::from_secs(10);

fn application() -> cqrs::application::ApplicationBuilder {
    let mut registry = Registry::empty();
    registry.command::<OpenAccount>();
    Application::builder().registry(registry).store(MemoryStore::new())
}

/// A listener is opened while the broker is away, and events are relayed; the application is told to end.
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_waits_for_a_broker_ends_with_its_bus_or_its_application() {
    let Some(mut node) = RabbitMqServer::start().await else { return };
    let broker = RabbitMqBus::builder(node.address()).partitions(2).connect().await.unwrap();
    let (commands, events) = (broker.commands(), broker.events());
    let stranger = node.address().replace("guest:guest", "guest:wrong");
    let refused = RabbitMqBus::builder(stranger).connect().await.expect_err("the password is wrong");
    assert!(!refused.is_outage(), "that does not pass: {refused}");
    node.down().await;
    let unread = commands.dead_letters(1).await.expect_err("nobody is there");
    assert!(unread.is_outage(), "{unread}");

    let app = application().relay("to-rabbit", StartFrom::Start, events.clone()).start().await.unwrap();
    app.dispatch(OpenAccount { account: AccountId::new(1), owner: "o".into() }).await.unwrap();
    let opening = tokio::spawn(commands.listen().dispatch_to(app.dispatcher()));
    let listening = tokio::spawn(events.listen("mailer").start(async |_| Ok(())));
    let relayed = app.clone();
    let relaying = async {
        while !relayed.status().iter().any(|status| status.name == "to-rabbit") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(AT_ONCE, relaying).await.expect("the relay runs");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!opening.is_finished() && !listening.is_finished(), "they wait for the broker");

    let began = Instant::now();
    app.shutdown().await.unwrap();
    assert!(began.elapsed() < AT_ONCE, "the relay waits no longer: {:?}", began.elapsed());
    let opened = tokio::time::timeout(AT_ONCE, opening).await.expect("it ends with its application").unwrap();
    assert!(matches!(opened, Err(BusError::Closed)), "{opened:?}");
    events.close().await.unwrap();
    let listened = tokio::time::timeout(AT_ONCE, listening).await.expect("it ends with its bus").unwrap();
    assert!(matches!(listened, Err(BusError::Closed)), "{listened:?}");
}

/// The broker counts how often it has handed a message out, whoever was to blame; only a bound that somebody has set makes a dead
/// letter of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_broker_has_handed_out_150_times_is_handled() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = RabbitMqBus::builder(rabbitmq::address()).prefix(place.prefix()).partitions(1).connect();
    let bus = bus.await.unwrap().commands();
    bus.publish(&crate::witness::command("key-0", 0)).await.unwrap();
    let connection = rabbitmq::connect().await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    let queue = format!("{}.commands.0", place.prefix());
    let consumer = channel.basic_consume(
        queue.into(),
        "thief".into(),
        BasicConsumeOptions::default(),
        FieldTable::default(),
    );
    let mut consumer = consumer.await.unwrap();
    for _ in 0..150 {
        let delivery = consumer.next().await.expect("it comes again").unwrap();
        delivery.nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() }).await.unwrap();
    }
    connection.close(200, "OK".into()).await.unwrap();
    let witness = Witness::default();
    let listening = bus.listen().start(witness.handler()).await.unwrap();
    witness.until(1).await;
    listening.stop().await.unwrap();
    assert_eq!(bus.dead_letters(1).await.unwrap(), []);
}
