//! From the log to the event bus, by the relay's own checkpoint.

use std::sync::{Arc, Mutex};

use cqrs::{
    Application,
    bus::{EventBus, EventMessage},
    handler::StartFrom,
    prelude::*,
    registry::{Problem, Registry},
    store::sqlite::SqliteStore,
};
use cqrs_tests::bank::{Account, AccountId, Balances, CreditAccount, OpenAccount};

type Seen = Arc<Mutex<Vec<(Position, String, Version)>>>;

async fn application(path: &std::path::Path, bus: &EventBus) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    let store = SqliteStore::open(path).unwrap();
    let builder = Application::builder().store(store).registry(registry);
    builder.relay("events", StartFrom::Start, bus.clone()).start().await.unwrap()
}

async fn credit(app: &Application, account: usize) {
    app.dispatch(CreditAccount { account: AccountId::new(account), amount: 1 }).await.unwrap();
}

async fn until(seen: &Seen, count: usize) {
    let arrived = async {
        while seen.lock().unwrap().len() < count {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), arrived).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_the_log_reaches_the_bus_once_over_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relay.db");
    let bus = EventBus::in_memory();
    let seen = Seen::default();
    let sink = Arc::clone(&seen);
    let listening = bus
        .listen("readers")
        .workers(4)
        .start(move |event: EventMessage| {
            let sink = Arc::clone(&sink);
            async move {
                let stream = event.envelope.stream.to_string();
                sink.lock().unwrap().push((event.position, stream, event.envelope.version));
                Ok(())
            }
        })
        .await
        .unwrap();
    for round in 0..3 {
        let app = application(&path, &bus).await;
        if round == 0 {
            for account in 0..5 {
                let open = OpenAccount { account: AccountId::new(account), owner: "alice".into() };
                app.dispatch(open).await.unwrap();
            }
        }
        for number in 0..50 {
            credit(&app, number % 5).await;
        }
        until(&seen, 5 + (round + 1) * 50).await;
        app.shutdown().await.unwrap();
    }
    listening.stop().await.unwrap();
    let mut seen = seen.lock().unwrap().clone();
    for account in 0..5 {
        let stream = format!("account/{account}");
        let versions: Vec<_> =
            seen.iter().filter(|event| event.1 == stream).map(|event| event.2.get()).collect();
        assert_eq!(versions, (1..=31).collect::<Vec<_>>(), "the order of {stream}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 155, "a clean shutdown keeps the checkpoint, so that nothing is published twice");
}

#[tokio::test]
async fn events_wait_in_the_log_while_the_bus_takes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("relay.db");
    let away = EventBus::in_memory();
    away.close().await.unwrap();
    let app = application(&path, &away).await;
    app.dispatch(OpenAccount { account: AccountId::new(1), owner: "alice".into() }).await.unwrap();
    credit(&app, 1).await;
    app.shutdown().await.unwrap();

    let back = EventBus::in_memory();
    let seen = Seen::default();
    let sink = Arc::clone(&seen);
    let _listening = back
        .listen("readers")
        .start(move |event: EventMessage| {
            sink.lock().unwrap().push((event.position, String::new(), event.envelope.version));
            async { Ok(()) }
        })
        .await
        .unwrap();
    let app = application(&path, &back).await;
    until(&seen, 2).await;
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_relay_must_not_share_the_checkpoint_of_a_projection() {
    let mut registry = Registry::empty();
    registry.projection::<Balances>();
    let builder = Application::builder().store(cqrs::store::memory::MemoryStore::new()).registry(registry);
    let error = builder.relay("balances", StartFrom::Start, EventBus::in_memory()).start().await.unwrap_err();
    let cqrs::application::StartError::Problems(problems) = error else { panic!("{error}") };
    let [Problem::RelayName { name: "balances", location }] = &problems[..] else { panic!("{problems:?}") };
    assert!(location.file.ends_with("relay.rs"), "{location}");
}
