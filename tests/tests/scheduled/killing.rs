//! Processes that are killed while they dispatch what is due.

use std::{path::Path, time::Duration};

use cqrs::prelude::*;
use cqrs_tests::{bank::*, child};

use super::world::{builder, credit};

const NAME: &str = "killing::killed_between_any_two_steps_each_command_is_handled_once";
const COMMANDS: u64 = 400;
const KILLS: u64 = 6;

async fn open(file: &Path) -> Application {
    let store: std::sync::Arc<dyn cqrs::store::Store> = std::sync::Arc::new(SqliteStore::open(file).unwrap());
    builder(&store).start().await.unwrap()
}

async fn run_child(orders: child::Orders) {
    let _app = open(&orders.file).await;
    println!("ready");
    std::future::pending::<()>().await;
}

/// Everything is due from the beginning; processes are killed in the middle of it, between the append and the removal of a
/// row among other places, and the last one finishes.
#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_each_command_is_handled_once() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(orders).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let app = open(&file).await;
    for account in 0..8 {
        let open = OpenAccount { account: AccountId::new(account), owner: "alice".into() };
        app.dispatch(open).await.unwrap();
    }
    let begin = cqrs::Timestamp::now() + Duration::from_secs(2);
    for number in 0..COMMANDS {
        let command = credit(&(number % 8).to_string(), 1);
        app.dispatch(command).at(begin + Duration::from_millis(number)).await.unwrap();
    }
    app.shutdown().await.unwrap();
    let left = Duration::try_from(begin.duration_since(cqrs::Timestamp::now())).unwrap_or_default();
    tokio::time::sleep(left).await;
    for kill in 0..KILLS {
        let mut running = child::start(NAME, &file, kill);
        tokio::time::sleep(Duration::from_millis(60 + 70 * kill)).await;
        running.kill().await.unwrap();
    }
    let app = open(&file).await;
    let started = std::time::Instant::now();
    while app.scheduled().all().next_page().await.unwrap().is_some() {
        assert!(started.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let events = app.history().all().collect().await.unwrap();
    let credits = events.iter().filter(|event| event.envelope.name == "money-credited").count();
    assert_eq!(credits as u64, COMMANDS);
    assert!(app.history().failures(10).await.unwrap().is_empty());
    app.shutdown().await.unwrap();
}
