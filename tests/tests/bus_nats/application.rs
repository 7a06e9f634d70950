//! NATS alone: the event store, the command bus and the event bus of one application.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    Application,
    bus::{CommandMessage, EventMessage},
    handler::StartFrom,
    registry::Registry,
    store::{InboxStore, nats::NatsStore},
};
use cqrs_tests::{
    bank::{Account, AccountId, CreditAccount, OpenAccount},
    nats::server_answers,
};

use crate::place::Place;

const ACCOUNTS: usize = 4;
const CREDITS: usize = 25;

fn open(account: usize) -> CommandMessage {
    CommandMessage::of(&OpenAccount { account: AccountId::new(account), owner: "alice".into() }).unwrap()
}

fn credit(account: usize) -> CommandMessage {
    CommandMessage::of(&CreditAccount { account: AccountId::new(account), amount: 1 }).unwrap()
}

/// Commands come over the bus, each twice; events go over the bus to a listener with an inbox.
#[tokio::test(flavor = "multi_thread")]
async fn commands_that_come_twice_are_handled_once_and_their_events_arrive_once() {
    if !server_answers() {
        return;
    }
    let place = Place::new();
    let store = NatsStore::connect(&place.prefix().address()).await.unwrap();
    let broker = place.broker().await;
    let (commands, events) = (broker.commands(), broker.events());
    let seen: Arc<Mutex<HashMap<String, Vec<u64>>>> = Arc::default();
    let sink = Arc::clone(&seen);
    let inbox: Arc<dyn InboxStore> = Arc::new(store.clone());
    let reading = events.listen("readers").inbox(inbox).start(move |event: EventMessage| {
        let stream = event.envelope.stream.to_string();
        sink.lock().unwrap().entry(stream).or_default().push(event.envelope.version.get());
        async { Ok(()) }
    });
    let reading = reading.await.unwrap();
    // Nothing that changes two accounts at once, which this store cannot.
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    let builder = Application::builder().store(store).registry(registry).relay(
        "events",
        StartFrom::Start,
        events.clone(),
    );
    let app = builder.start().await.unwrap();
    let handling = commands.listen().dispatch_to(app.dispatcher()).await.unwrap();

    let mut sent: Vec<_> = (0..ACCOUNTS).map(open).collect();
    sent.extend((0..ACCOUNTS * CREDITS).map(|number| credit(number % ACCOUNTS)));
    let twice: Vec<_> = sent.iter().flat_map(|command| [command.clone(), command.clone()]).collect();
    commands.publish_all(&twice).await.unwrap();

    let all: Vec<u64> = (1..=1 + CREDITS as u64).collect();
    let arrived = async {
        while seen.lock().unwrap().values().map(Vec::len).sum::<usize>() < ACCOUNTS * all.len() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), arrived).await.expect("every event arrives");
    handling.stop().await.unwrap();
    app.shutdown().await.unwrap();
    reading.stop().await.unwrap();
    assert_eq!(commands.dead_letters(1).await.unwrap(), []);
    let seen = seen.lock().unwrap();
    assert!((0..ACCOUNTS).all(|account| seen[&format!("account/{account}")] == all), "{seen:?}");
}
