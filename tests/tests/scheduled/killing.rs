//! Processes that are killed while they dispatch what is due.

use std::{path::Path, time::Duration};

use cqrs::prelude::*;
use cqrs_tests::{bank::*, child};

use super::world::{builder, credit};

const NAME: &str = "killing::killed_between_any_two_steps_each_command_is_handled_once";
const COMMANDS: u64 = 2_000;
const ACCOUNTS: u64 = 8;
const KILLS: u64 = 8;
/// How many commands a process handles before it is killed.
const HANDLED: u64 = 150;

async fn open(file: &Path) -> Application {
    let store: std::sync::Arc<dyn cqrs::store::Store> = std::sync::Arc::new(SqliteStore::open(file).unwrap());
    builder(&store).start().await.unwrap()
}

async fn run_child(orders: child::Orders) {
    let _app = open(&orders.file).await;
    println!("ready");
    std::future::pending::<()>().await;
}

/// How many events there are.
fn stored(file: &Path) -> u64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    let count: i64 = connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    count.unsigned_abs()
}

/// Everything is due; processes are killed in the middle of it, between the append and the removal of a row among other
/// places, and the last one finishes.
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_each_command_is_handled_once() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(orders).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    schedule(&file).await;
    for kill in 0..KILLS {
        let before = stored(&file);
        let mut running = child::start(NAME, &file, kill);
        while stored(&file) < before + HANDLED {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        running.kill().await.unwrap();
        assert!(stored(&file) < ACCOUNTS + COMMANDS, "there was nothing left to be in the middle of");
    }
    let app = open(&file).await;
    let started = std::time::Instant::now();
    while app.scheduled().all().next_page().await.unwrap().is_some() {
        assert!(started.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stored(&file), ACCOUNTS + COMMANDS);
    assert!(app.history().failures(10).await.unwrap().is_empty());
    app.shutdown().await.unwrap();
}

/// Commands that are due when the last of them has been scheduled.
async fn schedule(file: &Path) {
    let app = open(file).await;
    for account in 0..ACCOUNTS {
        let open = OpenAccount { account: AccountId::new(account), owner: "alice".into() };
        app.dispatch(open).await.unwrap();
    }
    let begin = cqrs::Timestamp::now() + Duration::from_mins(1);
    let tasks = (0..ACCOUNTS).map(|account| {
        let app = app.clone();
        tokio::spawn(async move {
            for _ in 0..COMMANDS / ACCOUNTS {
                app.dispatch(credit(&account.to_string(), 1)).at(begin).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    app.shutdown().await.unwrap();
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute("UPDATE due SET due = '2026-01-01T00:00:00.000000000Z'", []).unwrap();
}
