//! The end of the log is read once for all; who is slow, or starts over, misses nothing by it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use cqrs::{
    EventId, Metadata, StreamId,
    event::Event,
    handler::{
        ArgumentInfo, BoxError, EventContext, EventHandler, EventHandlerInfo, HandledEvent, StartFrom,
        argument,
    },
    prelude::*,
    registry::Registry,
    services::ServiceType,
    store::{Append, EventStore, Expected, NewEvent, Store, StreamWrite, memory::MemoryStore},
    subscription::SubscriptionSettings,
};
use cqrs_tests::{bank::*, faulty::FaultyStore};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::world::PATIENCE;

/// The positions each subscription has seen, in the order in which it saw them.
type Seen = watch::Sender<HashMap<&'static str, Vec<u64>>>;

/// A handler of all credits, one of several.
#[derive(Debug)]
struct Nth<const N: usize>;

const NAMES: [&str; 4] = ["first", "second", "third", "slow"];

impl<const N: usize> EventHandler for Nth<N> {
    type Event = MoneyCredited;

    const NAME: &'static str = NAMES[N];
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Start;
    const INFO: EventHandlerInfo = EventHandlerInfo::new(NAMES[N], <MoneyCredited as HandledEvent>::KINDS)
        .taking(&[ArgumentInfo::Service(ServiceType::of::<Arc<Seen>>())])
        .fallible(true);

    fn handle<'a>(
        _: &'a MoneyCredited,
        context: &'a EventContext<'a>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let seen = argument::<Inject<Arc<Seen>>>(context)?;
            let position = argument::<Position>(context)?.get();
            if N == 3 && position.is_multiple_of(97) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            seen.send_modify(|seen| seen.entry(NAMES[N]).or_default().push(position));
            Ok(())
        })
    }
}

/// In memory; it notes what it is made of.
#[derive(Projection, Default, Debug)]
struct Positions(Vec<u64>);

#[event_handler]
impl Positions {
    fn credited(&mut self, _event: &MoneyCredited, position: Position) {
        self.0.push(position.get());
    }
}

/// Something that wants other events.
#[derive(Projection, Default, Debug)]
struct Openings(Vec<u64>);

#[event_handler]
impl Openings {
    fn opened(&mut self, _event: &AccountOpened, position: Position) {
        self.0.push(position.get());
    }
}

pub fn credits(stream: u64, amounts: std::ops::Range<i64>) -> Append {
    let event = |amount| NewEvent {
        id: EventId::generate(),
        name: "money-credited".into(),
        schema_version: 1,
        payload: MoneyCredited { amount }.encode().unwrap(),
        tags: vec![],
    };
    let stream = StreamId::new("account", stream.to_string());
    let write = StreamWrite { stream, expected: Expected::Any, events: amounts.map(event).collect() };
    Append { writes: vec![write], command: None, metadata: Metadata::new() }
}

async fn start(store: impl Store, seen: &Arc<Seen>, register: impl FnOnce(&mut Registry)) -> Application {
    let mut registry = Registry::empty();
    register(&mut registry);
    let settings = SubscriptionSettings { batch: 100, ..SubscriptionSettings::default() };
    let builder = Application::builder().store(store).registry(registry).subscription_settings(settings);
    builder.provide(Arc::clone(seen)).start().await.unwrap()
}

async fn until(seen: &Seen, all: impl Fn(&HashMap<&'static str, Vec<u64>>) -> bool) {
    let mut changes = seen.subscribe();
    let reached = tokio::time::timeout(PATIENCE, changes.wait_for(|seen| all(seen))).await;
    assert!(
        reached.is_ok(),
        "seen: {:?}",
        seen.borrow().iter().map(|(n, s)| (n, s.len())).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn subscriptions_that_have_caught_up_share_one_read_of_each_new_page() {
    let store = FaultyStore::around(MemoryStore::new());
    let seen = Arc::new(Seen::default());
    let app = start(store.clone(), &seen, |registry| {
        registry.event_handler::<Nth<0>>();
        registry.event_handler::<Nth<1>>();
        registry.event_handler::<Nth<2>>();
        registry.projection::<Positions>();
    })
    .await;
    let all_saw = |count: usize| {
        move |seen: &HashMap<&'static str, Vec<u64>>| {
            NAMES[..3].iter().all(|name| seen.get(name).is_some_and(|seen| seen.len() == count))
        }
    };
    for append in 0..50 {
        let before = store.reads().0;
        let appended = store.append(credits(append, 0..3)).await.unwrap();
        let count = 3 * (usize::try_from(append).unwrap() + 1);
        until(&seen, all_saw(count)).await;
        app.wait_for_position::<Positions>(appended.last_position()).await.unwrap();
        // The first page each of them reads is its own: that is how they find the end of the log.
        if append > 0 {
            assert_eq!(store.reads().0 - before, 1, "reads for four subscriptions, append {append}");
        }
    }
    app.shutdown().await.unwrap();
}

/// Many appends at once, a slow subscription, a rebuild on the way; then everybody has seen every event, in order.
async fn nobody_misses_anything(store: impl Store + Clone) {
    let seen = Arc::new(Seen::default());
    let app = start(store.clone(), &seen, |registry| {
        registry.event_handler::<Nth<0>>();
        registry.event_handler::<Nth<3>>();
        registry.projection::<Positions>();
        registry.projection::<Openings>();
    })
    .await;
    let mut writers = Vec::new();
    for writer in 0..4 {
        let store = store.clone();
        writers.push(tokio::spawn(async move {
            for round in 0..100 {
                store.append(credits(writer, round..round + 1 + round % 40)).await.unwrap();
            }
        }));
    }
    for (index, writer) in writers.into_iter().enumerate() {
        writer.await.unwrap();
        if index < 2 {
            app.start_rebuild::<Positions>().await.unwrap();
        }
    }
    let head = store.head().await.unwrap();
    app.wait_for_position::<Positions>(head).await.unwrap();
    app.wait_for_position::<Openings>(head).await.unwrap();
    let all: Vec<u64> = (1..=head.get()).collect();
    until(&seen, |seen| {
        ["first", "slow"].iter().all(|name| seen.get(name).is_some_and(|s| s.len() >= all.len()))
    })
    .await;
    assert_eq!(app.projection::<Positions>().read().0, all);
    assert_eq!(seen.borrow()["first"], all);
    assert_eq!(seen.borrow()["slow"], all);
    app.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_slow_or_starts_over_misses_nothing_in_memory() {
    nobody_misses_anything(MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_slow_or_starts_over_misses_nothing_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    nobody_misses_anything(SqliteStore::open(folder.path().join("log.db")).unwrap()).await;
}

#[tokio::test]
async fn a_damaged_event_stops_only_those_who_want_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.db");
    let store = SqliteStore::open(&path).unwrap();
    let seen = Arc::new(Seen::default());
    let app = start(store.clone(), &seen, |registry| {
        registry.projection::<Positions>();
        registry.projection::<Openings>();
    })
    .await;
    let first = store.append(credits(1, 0..1)).await.unwrap().last_position();
    app.wait_for_position::<Positions>(first).await.unwrap();
    app.wait_for_position::<Openings>(first).await.unwrap();
    let file = rusqlite::Connection::open(&path).unwrap();
    let damaged = "INSERT INTO events \
        (category, key, version, id, name, schema_version, payload, metadata, correlation_id, time) \
        VALUES ('account', 'x', 1, 'no id', 'account-opened', 1, '{}', 'no metadata', '', '')";
    file.execute(damaged, ()).unwrap();
    let last = store.append(credits(1, 1..2)).await.unwrap().last_position();
    app.wait_for_position::<Positions>(last).await.unwrap();
    assert_eq!(app.projection::<Positions>().read().0, [first.get(), last.get()]);
    app.wait_for_position::<Openings>(last).await.expect_err("it wants what is damaged");
    app.shutdown().await.unwrap();
}
