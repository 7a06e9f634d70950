//! Processes that are killed while they dispatch what is due.

use std::{collections::HashSet, path::Path, sync::Arc, time::Duration};

use cqrs::{
    prelude::*,
    store::{Due, DueKind, DueQuery, EventQuery, RefusalReason, Store, read_page},
};
use cqrs_tests::{bank::*, child};
use futures_util::future::join_all;

use super::world::{builder, credit, debit};

const NAME: &str = "killing::killed_between_any_two_steps_each_command_is_handled_once";
const COMMANDS: u64 = 2_000;
const ACCOUNTS: u64 = 8;
const KILLS: u64 = 8;
/// How many commands a process handles before it is killed.
const HANDLED: u64 = 150;

/// A store at a file's path.
fn open_file(file: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(file).unwrap())
}

pub async fn run_child(store: Arc<dyn Store>) {
    let _app = builder(&store).start().await.unwrap();
    println!("ready");
    std::future::pending::<()>().await;
}

/// How many events there are, as far as was looked.
#[derive(Default)]
struct Stored {
    events: u64,
    up_to: Position,
}

impl Stored {
    /// Looks on to the end.
    async fn count(&mut self, store: &dyn Store) -> u64 {
        let (events, end) = read_page(store, &EventQuery::all().after(self.up_to), usize::MAX).await.unwrap();
        assert!(end.complete);
        self.events += events.len() as u64;
        self.up_to = end.position;
        self.events
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_each_command_is_handled_once() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(open_file(&orders.file)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    each_is_handled_once(open_file(&file), NAME, &file).await;
}

/// Everything is due; processes are killed in the middle of it, between the append and the removal of a row among other
/// places, and the last one finishes. The test of this name runs them at this address. One command in ten is rejected.
pub async fn each_is_handled_once(store: Arc<dyn Store>, name: &str, address: &Path) {
    let rejected = schedule(&store).await;
    let mut stored = Stored::default();
    for kill in 0..KILLS {
        let before = stored.count(&*store).await;
        let mut running = child::start(name, address, kill);
        while stored.count(&*store).await < before + HANDLED {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        running.kill().await.unwrap();
        let left = ACCOUNTS + COMMANDS - stored.count(&*store).await;
        assert!(left > 0, "there was nothing left to be in the middle of");
    }
    let app = builder(&store).start().await.unwrap();
    let started = std::time::Instant::now();
    while app.scheduled().all().next_page().await.unwrap().is_some() {
        assert!(started.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stored.count(&*store).await, ACCOUNTS + COMMANDS);
    for id in &rejected {
        let record = store.command(*id).await.unwrap().expect("it has an outcome");
        assert_eq!(record.refusal.map(|refusal| refusal.reason), Some(RefusalReason::Rejected));
    }
    let failures = app.history().failures(usize::MAX).await.unwrap();
    assert!(failures.iter().all(|failure| failure.code == "rejected"), "{failures:?}");
    let told: HashSet<_> = failures.iter().map(|failure| failure.command_id).collect();
    assert_eq!(told.len(), failures.len(), "none is told twice");
    assert!(told.iter().all(|id| rejected.contains(id)));
    app.shutdown().await.unwrap();
}

/// Commands that are due when the last of them has been scheduled; gives those that will be rejected.
async fn schedule(store: &Arc<dyn Store>) -> Vec<CommandId> {
    let app = builder(store).start().await.unwrap();
    for account in 0..ACCOUNTS {
        let open = OpenAccount { account: AccountId::new(account), owner: "alice".into() };
        app.dispatch(open).await.unwrap();
    }
    let begin = cqrs::Timestamp::now() + Duration::from_hours(1);
    let tasks = (0..ACCOUNTS).map(|account| {
        let app = app.clone();
        tokio::spawn(async move {
            let (account, mut rejected) = (account.to_string(), Vec::new());
            for number in 0..COMMANDS / ACCOUNTS {
                app.dispatch(credit(&account, 1)).at(begin).await.unwrap();
                if number % 10 == 0 {
                    rejected.push(CommandId::generate());
                    let dispatch =
                        app.dispatch(debit(&account, 1_000_000)).command_id(rejected[rejected.len() - 1]);
                    dispatch.at(begin).await.unwrap();
                }
            }
            rejected
        })
    });
    let rejected = join_all(tasks).await.into_iter().flat_map(Result::unwrap).collect();
    drop(app);
    make_due(&**store).await;
    rejected
}

/// Whatever waits is due since long.
async fn make_due(store: &dyn Store) {
    let due = "2026-01-01T00:00:00Z".parse().unwrap();
    let all = DueQuery::of(DueKind::Command, store.due_owners(DueKind::Command).await.unwrap());
    for row in store.due(&all, usize::MAX).await.unwrap() {
        store.replace_due(Due { due, ..row }).await.unwrap();
    }
}
