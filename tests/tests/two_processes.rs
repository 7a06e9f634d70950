//! Two processes on one SQLite file, both dispatching, both running the same projection and the same event handler.
#![allow(missing_docs, reason = "the domain is a test's")]

mod sums;

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use cqrs::{
    prelude::*,
    store::{EventStore, sqlite::Synchronous},
    subscription::SubscriptionSettings,
};
use cqrs_tests::{audit::audit, bank::*, child};
use sums::{Seen, SumsTable, credits, seen_in, verify_rows};

const NAME: &str = "two_processes_share_one_file";
const COMMANDS: usize = 10_000;
const TASKS: usize = 32;
const ACCOUNTS: usize = 20;
/// Each process has accounts of its own, and both have these.
const SHARED: usize = 4;

fn open(file: &Path) -> SqliteStore {
    // The disk is not what is tested; locks are the same.
    SqliteStore::builder().synchronous(Synchronous::Off).open(file).unwrap()
}

async fn application(file: &Path, seen: &Arc<Seen>) -> Application {
    let settings =
        SubscriptionSettings { lease: Duration::from_millis(600), ..SubscriptionSettings::default() };
    let builder = Application::builder().store(open(file)).subscription_settings(settings);
    builder.provide(Arc::clone(seen)).start().await.unwrap()
}

fn account(process: u64, number: usize) -> AccountId {
    let number = number % ACCOUNTS;
    AccountId::new(if number < SHARED { format!("shared-{number}") } else { format!("{process}-{number}") })
}

/// What a child does: its commands from many tasks, none of which may fail.
async fn run_child(orders: child::Orders) {
    let app = application(&orders.file, &Arc::default()).await;
    for number in 0..ACCOUNTS {
        let opening = OpenAccount { account: account(orders.number, number), owner: "both".into() };
        match app.dispatch(opening).await {
            Ok(_) | Err(DispatchError::AlreadyExists(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    let tasks = (0..TASKS).map(|task| tokio::spawn(credit_all(app.clone(), orders.number, task)));
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let head = app.store().head().await.unwrap();
    app.wait_for_position::<SumsTable>(head).await.unwrap();
    app.shutdown().await.unwrap();
    println!("done");
}

async fn credit_all(app: Application, process: u64, task: usize) {
    for number in (task..COMMANDS).step_by(TASKS) {
        let credit = CreditAccount { account: account(process, number), amount: 1 };
        let id = CommandId::derived("process", format!("{process}-{number}"));
        app.dispatch(credit).command_id(id).await.unwrap_or_else(|error| panic!("{number}: {error:?}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_one_file() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(orders).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bank.db");
    let mut seen = run_children(&file).await;
    assert!(seen.len() > COMMANDS, "the children's handlers saw almost nothing");

    // What neither handled before it ended is handled now.
    let rest = Arc::<Seen>::default();
    let app = application(&file, &rest).await;
    let head = app.store().head().await.unwrap();
    app.wait_for_position::<SumsTable>(head).await.unwrap();
    until_handled(&app, head).await;
    app.shutdown().await.unwrap();
    seen.extend(rest.0.lock().unwrap().iter());
    verify(&open(&file), seen).await;
}

/// Runs both, and says what their event handlers saw.
async fn run_children(file: &Path) -> BTreeSet<u64> {
    let (one, other) = (child::start(NAME, file, 1), child::start(NAME, file, 2));
    let (one, other) = tokio::join!(one.wait_with_output(), other.wait_with_output());
    let mut seen = BTreeSet::new();
    for output in [one.unwrap(), other.unwrap()] {
        let said = String::from_utf8(output.stdout).unwrap();
        let end = &said[said.len().saturating_sub(3_000)..];
        assert!(output.status.success() && end.contains("done"), "a child failed: {end}");
        seen.extend(seen_in(&said));
    }
    seen
}

async fn until_handled(app: &Application, head: Position) {
    let handled = async {
        while app.store().subscription("watch").await.unwrap().is_none_or(|found| found.position < head) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), handled).await.expect("the handler catches up");
}

async fn verify(store: &SqliteStore, seen: BTreeSet<u64>) {
    let balances: i64 = audit(store).await.values().map(|told| told.balance).sum();
    assert_eq!(balances, i64::try_from(2 * COMMANDS).unwrap());
    let credits = credits(store).await;
    assert_eq!(credits.len(), 2 * COMMANDS);
    let positions = |process: &str| {
        let own = credits.iter().filter(|credit| credit.1.starts_with(process)).map(|credit| credit.0);
        (own.clone().min().unwrap(), own.max().unwrap())
    };
    let (one, other) = (positions("1-"), positions("2-"));
    assert!(one.0 < other.1 && other.0 < one.1, "they did not run at the same time: {one:?} and {other:?}");
    let head = store.head().await.unwrap();
    let checkpoint =
        cqrs::store::SubscriptionStore::subscription(store, "sums-in-sqlite").await.unwrap().unwrap();
    assert_eq!(checkpoint.position, head);
    verify_rows(store, &credits).await;
    assert_eq!(seen, credits.iter().map(|credit| credit.0).collect(), "each event was handled at least once");
    assert!(store.check().await.unwrap().is_sound());
}
