//! Faults of today's frameworks, seen by running them.

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use cqrs::{
    EventId, StreamId, Uuid,
    event::DecodeReason,
    prelude::*,
    repository::LoadError,
    store::{
        EventQuery, EventStore, Expected, SnapshotStore, Store, StoreError, memory::MemoryStore,
        sqlite::Synchronous, visit_all,
    },
    subscription::WaitError,
};
use cqrs_tests::{audit::audit, bank::*, faulty::FaultyStore};
use serde::{Deserialize, Serialize};

use super::world::*;

#[derive(Event, Serialize, Deserialize, Debug)]
pub struct Counted;

#[derive(Command, Serialize, Deserialize, Debug)]
pub struct Count(#[command(id)] pub u32);

/// A snapshot after each event: whatever is applied twice shows at once.
#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = u32, snapshot_every = 1)]
pub struct Counting {
    pub count: u64,
}

#[event_handler]
impl Counting {
    fn counted(&mut self, _: &Counted) {
        self.count += 1;
    }
}

#[command_handler]
impl Counting {
    fn count(_: Option<&Self>, _: Count) -> Counted {
        Counted
    }
}

#[tokio::test]
async fn events_are_not_applied_twice_into_snapshots() {
    let store = MemoryStore::new();
    for round in 1..=20 {
        // A new application each time: the state comes from the snapshot, not from the cache.
        let app = bank_with(store.clone(), |registry| {
            registry.aggregate::<Counting>();
            registry.command::<Count>();
        });
        let app = app.await;
        app.dispatch(Count(1)).await.unwrap();
        let taken = async {
            loop {
                let snapshot = store.load_snapshot(&StreamId::of("counting", 1)).await.unwrap();
                if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.version == Version::new(round)) {
                    return snapshot;
                }
                tokio::task::yield_now().await;
            }
        };
        let snapshot = tokio::time::timeout(Duration::from_secs(20), taken).await.unwrap();
        assert_eq!(snapshot.state.as_json(), format!(r#"{{"count":{round}}}"#));
        assert_eq!(app.repository::<Counting>().load(&1).await.unwrap().state().unwrap().count, round);
    }
}

#[tokio::test]
async fn a_conflict_is_refused_by_every_store_and_is_its_own_error() {
    both(|store| async move {
        append(&*store, [(stream("a"), Expected::NoStream, vec![opened(), credited(1)])]).await.unwrap();
        for expected in
            [Expected::NoStream, Expected::Exactly(Version::new(1)), Expected::Exactly(Version::new(3))]
        {
            let error = append(&*store, [(stream("a"), expected, vec![credited(2)])]).await.unwrap_err();
            let StoreError::Conflict { stream: at, expected: named, actual } = error else {
                panic!("{error}")
            };
            assert_eq!((at, named, actual), (stream("a"), expected, Version::new(2)));
        }
        assert_eq!(audit(&*store).await["a"].events, 2);
        // To the caller who named a version it is a conflict, too, not an internal error.
        let error = shared(store).await.dispatch(credit("a", 1)).expected_version(Version::new(1)).await;
        assert!(matches!(error, Err(DispatchError::Conflict { .. })), "{error:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unrelated_streams_do_not_conflict() {
    both(|store| async move {
        let appending = (0..16).map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let stream = stream(&number.to_string());
                for version in 0..20 {
                    let write = (stream.clone(), Expected::Exactly(Version::new(version)), vec![credited(1)]);
                    append(&*store, [write]).await.unwrap();
                }
            })
        });
        for each in appending.collect::<Vec<_>>() {
            each.await.unwrap();
        }
    })
    .await;
}

/// Positions are the store's. Neither a stream's own versions nor the ids that clients make order the log.
#[tokio::test]
async fn a_subscription_does_not_skip_what_has_a_small_version_or_an_old_id() {
    both(|store| async move {
        let mut registry = cqrs::registry::Registry::empty();
        registry.projection::<Balances>();
        let app =
            Application::builder().shared_store(Arc::clone(&store)).registry(registry).start().await.unwrap();
        let many = std::iter::once(opened()).chain((0..50).map(|_| credited(1))).collect();
        append(&*store, [(stream("long"), Expected::NoStream, many)]).await.unwrap();
        app.wait_for_position::<Balances>(store.head().await.unwrap()).await.unwrap();
        let mut old = opened();
        old.id = EventId::from(Uuid::from_u128(1));
        append(&*store, [(stream("young"), Expected::NoStream, vec![old, credited(7)])]).await.unwrap();
        app.wait_for_position::<Balances>(store.head().await.unwrap()).await.unwrap();
        assert_eq!(app.projection::<Balances>().read().by_account[&AccountId::new("young")], 7);
    })
    .await;
}

async fn long(store: &dyn Store, account: &str, events: usize) {
    append(store, [(stream(account), Expected::NoStream, vec![opened()])]).await.unwrap();
    for start in (1..events).step_by(1_000) {
        let credits = (start..events.min(start + 1_000)).map(|_| credited(1)).collect();
        append(store, [(stream(account), Expected::Exists, credits)]).await.unwrap();
    }
}

#[tokio::test]
async fn a_read_does_not_end_after_its_first_page() {
    both(|store| async move {
        long(&*store, "a", 2_500).await;
        long(&*store, "b", 10).await;
        let app = shared(Arc::clone(&store)).await;
        assert_eq!(app.history().all().collect().await.unwrap().len(), 2_510);
        assert_eq!(app.history().stream(stream("a")).collect().await.unwrap().len(), 2_500);
        let loaded = app.repository::<Account>().load(&AccountId::new("a")).await.unwrap();
        assert_eq!((loaded.version(), loaded.state().unwrap().balance), (Version::new(2_500), 2_499));
        let end = visit_all(&*store, EventQuery::all(), || {
            |_: &cqrs::event::StoredEvent<'_>| ControlFlow::Continue(())
        })
        .await
        .unwrap();
        assert!(end.complete && end.position == store.head().await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_undecodable_event_is_an_error_that_says_where_it_is() {
    both(|store| async move {
        let damaged = event("money-credited", r#"{"amount":"much"}"#);
        append(&*store, [(stream("a"), Expected::NoStream, vec![opened(), damaged])]).await.unwrap();
        let unknown = event("money-printed", "{}");
        append(&*store, [(stream("b"), Expected::NoStream, vec![opened(), unknown])]).await.unwrap();
        let mut newer = credited(1);
        newer.schema_version = 9;
        append(&*store, [(stream("c"), Expected::NoStream, vec![opened(), newer])]).await.unwrap();
        let mut registry = cqrs::registry::Registry::empty();
        registry.projection::<Balances>();
        let app =
            Application::builder().shared_store(Arc::clone(&store)).registry(registry).start().await.unwrap();
        for account in ["a", "b", "c"] {
            let error = app.repository::<Account>().load(&AccountId::new(account)).await.unwrap_err();
            let LoadError::Decode(error) = error else { panic!("{error}") };
            assert_eq!((&error.stream, error.version), (&stream(account), Version::new(2)));
            assert_eq!(matches!(error.reason, DecodeReason::UnknownName), account == "b", "{error}");
            let error = shared(Arc::clone(&store)).await.dispatch(credit(account, 1)).await.unwrap_err();
            assert!(matches!(error, DispatchError::Load(LoadError::Decode(_))), "{error:?}");
        }
        // A read model stops there, and says so.
        let stopped = app.wait_for_position::<Balances>(store.head().await.unwrap()).await.unwrap_err();
        assert!(matches!(stopped, WaitError::Stopped { .. }), "{stopped}");
    })
    .await;
}

#[tokio::test]
async fn versions_are_not_sixteen_bits_wide() {
    let store = MemoryStore::new();
    long(&store, "a", 70_000).await;
    let app = bank(store).await;
    let receipt = app.dispatch(credit("a", 1)).await.unwrap();
    assert_eq!(receipt.version(), Version::new(70_001));
    assert_eq!(
        app.repository::<Account>().load(&AccountId::new("a")).await.unwrap().state().unwrap().balance,
        70_000
    );
}

/// Measured in what the store hands out, not in time.
#[tokio::test]
async fn the_cost_of_loading_grows_as_the_stream_does() {
    for events in [1_000_usize, 4_000, 16_000] {
        let store = FaultyStore::around(MemoryStore::new());
        long(&store, "a", events).await;
        let accounts = Repository::<Account>::new(Arc::new(store.clone()));
        let _ = accounts.load(&AccountId::new("a")).await.unwrap();
        let (reads, handed_out) = store.reads();
        assert_eq!(handed_out, events);
        assert!(reads <= events / 1_000 + 1, "{reads} reads for {events} events");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_does_not_hang_while_a_read_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("bank.db")).unwrap();
    let app = bank(store.clone()).await;
    app.dispatch(open("a")).await.unwrap();
    app.dispatch(credit("a", 1)).await.unwrap();
    let (reading, (go_on, wait)) = (Arc::new(tokio::sync::Notify::new()), mpsc::channel::<()>());
    let (begun, wait) = (Arc::clone(&reading), Mutex::new(wait));
    let read = tokio::spawn(async move {
        let visit = Box::new(move |_: &cqrs::event::StoredEvent<'_>| {
            begun.notify_one();
            // The read stays open until the write is through.
            let waited = wait.lock().unwrap().recv_timeout(Duration::from_secs(30));
            if waited.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        store.read(&EventQuery::all(), 1, visit).await.unwrap()
    });
    reading.notified().await;
    let write = tokio::time::timeout(Duration::from_secs(20), app.dispatch(credit("a", 2)).into_future());
    write.await.expect("the write does not wait for the read").unwrap();
    go_on.send(()).unwrap();
    assert_eq!(read.await.unwrap().count, 1);
}

/// The long version, with real processes, is `two_processes`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_user_of_the_same_file_makes_no_command_fail() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let open_store = || SqliteStore::builder().synchronous(Synchronous::Off).open(&path).unwrap();
    let apps = [bank(open_store()).await, bank(open_store()).await];
    let mut tasks = Vec::new();
    for (number, app) in apps.iter().enumerate() {
        for task in 0..4 {
            let (app, account) = (app.clone(), format!("{number}-{task}"));
            tasks.push(tokio::spawn(async move {
                app.dispatch(open(&account)).await.unwrap();
                for _ in 0..100 {
                    app.dispatch(credit(&account, 1)).await.unwrap();
                    app.dispatch(debit(&account, 2)).await.unwrap_err();
                    app.dispatch(debit(&account, 1)).await.unwrap();
                }
            }));
        }
    }
    for task in tasks {
        task.await.unwrap();
    }
    let told: BTreeMap<_, _> = audit(&**apps[0].store()).await;
    assert_eq!(told.values().map(|told| (told.balance, told.events)).collect::<Vec<_>>(), [(0, 201); 8]);
}
