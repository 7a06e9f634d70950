//! The known faults of the Go package.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cqrs::{
    bus::{CommandBus, CommandMessage, DeadLetterReason, EventBus, EventMessage, HandlingError, Relay},
    prelude::*,
    store::{EventQuery, Expected, StoreError, memory::MemoryStore, read_page},
};
use cqrs_tests::{audit::audit, bank::*};
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tokio::sync::mpsc;

use super::world::*;

#[tokio::test]
async fn a_second_save_does_not_store_pending_events_twice() {
    both(|store| async move {
        let accounts = Repository::<Account>::new(Arc::clone(&store));
        let mut account = accounts.create(AccountId::new("a"));
        account.record(AccountOpened { owner: "alice".into() }).unwrap();
        account.record(MoneyCredited { amount: 5 }).unwrap();
        accounts.save(&mut account).await.unwrap();
        assert_eq!(accounts.save(&mut account).await.unwrap(), None);
        assert_eq!(audit(&*store).await["a"].events, 2);
    })
    .await;
}

#[tokio::test]
async fn the_store_in_memory_checks_for_concurrent_writers() {
    let accounts = Repository::<Account>::new(Arc::new(MemoryStore::new()));
    let mut account = accounts.create(AccountId::new("a"));
    account.record(AccountOpened { owner: "alice".into() }).unwrap();
    accounts.save(&mut account).await.unwrap();
    let mut one = accounts.load(&AccountId::new("a")).await.unwrap();
    let mut other = accounts.load(&AccountId::new("a")).await.unwrap();
    one.record(MoneyCredited { amount: 1 }).unwrap();
    other.record(MoneyCredited { amount: 2 }).unwrap();
    accounts.save(&mut one).await.unwrap();
    accounts.save(&mut other).await.unwrap_err();
}

/// What was stored when no bus was there, and nobody ran who could publish, is published by whoever comes next.
#[tokio::test]
async fn publishing_is_no_second_step_that_a_crash_could_lose() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let crashed = bank(SqliteStore::open(&path).unwrap()).await;
    crashed.dispatch(open("a")).await.unwrap();
    crashed.dispatch(credit("a", 5)).await.unwrap();
    drop(crashed);

    let (bus, (sender, mut published)) = (EventBus::in_memory(), mpsc::unbounded_channel());
    let listening = bus.listen("test").start(move |event: EventMessage| {
        let _ = sender.send(event.envelope.name.to_string());
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let (page, _) = read_page(&store, &EventQuery::all(), 10).await.unwrap();
    Relay::to(bus).publish(&page).await.unwrap();
    assert_eq!(published.recv().await.unwrap(), "account-opened");
    assert_eq!(published.recv().await.unwrap(), "money-credited");
    listening.stop().await.unwrap();
}

#[tokio::test]
async fn a_batch_is_never_partly_written_and_blocks_no_stream() {
    both(|store| async move {
        append(&*store, [(stream("b"), Expected::NoStream, vec![opened()])]).await.unwrap();
        let batch = [
            (stream("a"), Expected::NoStream, vec![opened(), credited(1), credited(2)]),
            (stream("b"), Expected::NoStream, vec![opened()]),
        ];
        let error = append(&*store, batch).await.unwrap_err();
        assert!(
            matches!(error, StoreError::Conflict { stream: ref at, .. } if *at == stream("b")),
            "{error}"
        );
        assert_eq!(store.version(&stream("a")).await.unwrap(), Version::NONE);
        append(&*store, [(stream("a"), Expected::NoStream, vec![opened()])]).await.unwrap();
        let app = shared(store).await;
        app.dispatch(credit("a", 1)).await.unwrap();
        app.dispatch(credit("b", 1)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn all_events_are_all_events_in_order() {
    both(|store| async move {
        let app = shared(store).await;
        for account in ["a", "b", "c"] {
            app.dispatch(open(account)).await.unwrap();
        }
        for number in 0..30 {
            app.dispatch(credit(["a", "b", "c"][number % 3], 1)).await.unwrap();
        }
        let all = app.history().all().collect().await.unwrap();
        assert_eq!(all.len(), 33);
        assert!(all.windows(2).all(|pair| pair[0].position < pair[1].position));
        let credits =
            app.history().query(EventQuery::all().names(["money-credited"])).collect().await.unwrap();
        assert_eq!(credits.len(), 30);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_of_one_aggregate_are_handled_in_order() {
    let app = bank(MemoryStore::new()).await;
    let bus = CommandBus::in_memory();
    let listening = bus.listen().workers(8).dispatch_to(app.dispatcher()).await.unwrap();
    for account in 0..10 {
        bus.publish(&CommandMessage::of(&open(&account.to_string())).unwrap()).await.unwrap();
    }
    for amount in 1..=50 {
        for account in 0..10 {
            let command = credit(&account.to_string(), amount);
            bus.publish(&CommandMessage::of(&command).unwrap()).await.unwrap();
        }
    }
    bus.close().await.unwrap();
    listening.ended().await;
    let mut amounts = HashMap::<_, Vec<i64>>::new();
    for event in app.history().query(EventQuery::all().names(["money-credited"])).collect().await.unwrap() {
        let amount = event.decode::<MoneyCredited>().unwrap().amount;
        amounts.entry(event.envelope.stream.clone()).or_default().push(amount);
    }
    assert_eq!(amounts.len(), 10);
    assert!(amounts.values().all(|amounts| *amounts == (1..=50).collect::<Vec<_>>()), "{amounts:?}");
}

#[tokio::test(start_paused = true)]
async fn a_failing_message_is_not_requeued_for_ever() {
    let (bus, tries) = (CommandBus::in_memory(), Arc::new(Mutex::new(0)));
    let counted = Arc::clone(&tries);
    let listening = bus.listen().start(move |_: CommandMessage| {
        *counted.lock().unwrap() += 1;
        async { Err(HandlingError::transient("no")) }
    });
    let listening = listening.await.unwrap();
    bus.publish(&CommandMessage::of(&credit("a", 1)).unwrap()).await.unwrap();
    let letters = loop {
        let letters = bus.dead_letters(10).await.unwrap();
        if !letters.is_empty() {
            break letters;
        }
        // Time is the test's own: it passes at once.
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    assert_eq!(
        (letters[0].reason, letters[0].attempts),
        (DeadLetterReason::Exhausted, *tries.lock().unwrap())
    );
    listening.stop().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_unknown_message_type_is_not_acknowledged_silently() {
    let app = bank(MemoryStore::new()).await;
    let bus = CommandBus::in_memory();
    let listening = bus.listen().dispatch_to(app.dispatcher()).await.unwrap();
    bus.publish(&CommandMessage::from_json("debit-acount", "a", r#"{"account":"a","amount":1}"#))
        .await
        .unwrap();
    bus.close().await.unwrap();
    listening.ended().await;
    let letters = bus.dead_letters(10).await.unwrap();
    assert_eq!(letters[0].reason, DeadLetterReason::UnknownType);
    assert!(letters[0].error.contains("debit-acount"), "{}", letters[0].error);
}

/// Counts what is counted as dispatched.
#[derive(Default)]
struct Dispatched(Arc<Count>);

#[derive(Default)]
struct Count(AtomicU64);

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}

impl Recorder for Dispatched {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let counts = key.name() == "cqrs_commands_dispatched_total";
        if counts { Counter::from_arc(Arc::clone(&self.0)) } else { Counter::noop() }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn an_unknown_command_is_not_counted_as_dispatched() {
    let recorder = Dispatched::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let app = bank(MemoryStore::new()).await;
            app.dispatch_json("open-acount", r#"{"account":"a","owner":"x"}"#).await.unwrap_err();
            assert_eq!(recorder.0.0.load(Ordering::Relaxed), 0);
            app.dispatch_json("open-account", r#"{"account":"a","owner":"x"}"#).await.unwrap();
            assert_eq!(recorder.0.0.load(Ordering::Relaxed), 1);
        });
    });
}

#[event_handler(from = start)]
async fn never_ends(_: &AccountOpened, reached: Inject<Arc<tokio::sync::Notify>>) {
    reached.notify_one();
    std::future::pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_hang() {
    let reached = Arc::<tokio::sync::Notify>::default();
    let app = Application::builder().store(MemoryStore::new()).provide(Arc::clone(&reached));
    let app = app.start().await.unwrap();
    app.dispatch(open("a")).await.unwrap();
    reached.notified().await;
    // An hour of the test's own time.
    tokio::time::timeout(Duration::from_hours(1), app.shutdown()).await.expect("it ends").unwrap();

    let bus = CommandBus::in_memory();
    let handling = Arc::clone(&reached);
    let listening = bus.listen().start(move |_: CommandMessage| {
        handling.notify_one();
        std::future::pending()
    });
    let listening = listening.await.unwrap();
    bus.publish(&CommandMessage::of(&credit("a", 1)).unwrap()).await.unwrap();
    reached.notified().await;
    tokio::time::timeout(Duration::from_hours(1), listening.stop()).await.expect("it ends").unwrap();
}
