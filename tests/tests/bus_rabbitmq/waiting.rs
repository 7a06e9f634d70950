//! Waits for a broker that is away, which end when it comes back, or when nobody wants it any more.

use std::time::{Duration, Instant};

use cqrs::{
    bus::{BusError, rabbitmq::RabbitMqBus},
    prelude::*,
    registry::Registry,
    store::memory::MemoryStore,
};
use cqrs_tests::{
    bank::{AccountId, OpenAccount},
    rabbitmq_server::RabbitMqServer,
};

/// How long a wait that ends at once may take on a slow machine.
const AT_ONCE: Duration = Duration::from_secs(10);

async fn application() -> cqrs::application::ApplicationBuilder {
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
    node.down().await;

    let app = application().await.relay("to-rabbit", StartFrom::Start, events.clone()).start().await.unwrap();
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
