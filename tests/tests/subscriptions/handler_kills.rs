//! An event handler whose process is killed, again and again, while many calls are under way.

use std::{
    collections::{HashMap, HashSet},
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    handler::{
        BoxError, EventContext, EventHandler, EventHandlerInfo, EventHandlerSettings, HandledEvent,
        StartFrom, argument,
    },
    prelude::*,
    store::EventStore,
};
use cqrs_tests::{bank::*, child};
use futures_util::future::BoxFuture;

use super::{
    operation::{Play, player, playing},
    tail::credits,
    world::*,
};

const NAME: &str = "handler_kills::killed_at_any_moment_each_event_is_handled_in_order_and_few_twice";
const STREAMS: u64 = 40;
const EVENTS: i64 = 110;
const KILLS: u64 = 8;
/// How many calls of a process end before it is killed.
const ENDED: usize = 400;
/// More than these are not under way, or ended and not yet stored, when a process is killed: 16 calls, and those of the
/// hundredths of a second of a settlement, each at least a millisecond long, with much room for a slow machine.
const REPEATED: usize = 200;

player!(
    Writer,
    "writer",
    false,
    EventHandlerSettings::new()
        .concurrency(16)
        .attempts(1_000)
        .delay(Duration::from_millis(1), Duration::from_millis(20))
);

/// A call takes a moment, and is written down at its end; the first of some events in each process fails.
fn play(file: &Path) -> Arc<Play> {
    let notes = Mutex::new(std::fs::OpenOptions::new().append(true).create(true).open(notes(file)).unwrap());
    let notes = Arc::new(notes);
    let failed = Arc::new(Mutex::new(HashSet::new()));
    Play::of(move |account, amount| {
        let (notes, failed) = (Arc::clone(&notes), Arc::clone(&failed));
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            if amount % 9 == 0 && failed.lock().unwrap().insert((account.clone(), amount)) {
                return Err("the first try fails".into());
            }
            notes.lock().unwrap().write_all(format!("{account} {amount}\n").as_bytes())?;
            Ok(())
        }
    })
}

fn notes(file: &Path) -> PathBuf {
    file.with_extension("notes")
}

fn handled(file: &Path) -> Vec<(String, i64)> {
    let notes = std::fs::read_to_string(notes(file)).unwrap_or_default();
    let line = |line: &str| {
        let (account, amount) = line.split_once(' ').unwrap();
        (account.to_owned(), amount.parse().unwrap())
    };
    notes.lines().map(line).collect()
}

async fn run_child(orders: child::Orders) {
    let _app = playing::<Writer>(SqliteStore::open(&orders.file).unwrap(), &play(&orders.file), None).await;
    println!("ready");
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_each_event_is_handled_in_order_and_few_twice() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(orders).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    fill(&file).await;
    for kill in 0..KILLS {
        let before = handled(&file).len();
        let mut running = child::start(NAME, &file, kill);
        while handled(&file).len() < before + ENDED {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        running.kill().await.unwrap();
    }
    let app = playing::<Writer>(SqliteStore::open(&file).unwrap(), &play(&file), None).await;
    let head = app.store().head().await.unwrap();
    until_checkpoint(&app, "writer", head).await;
    until_no_letters(&app).await;
    app.shutdown().await.unwrap();
    check(&handled(&file));
}

async fn fill(file: &Path) {
    let store = SqliteStore::open(file).unwrap();
    for amount in 1..=EVENTS {
        for stream in 0..STREAMS {
            store.append(credits(stream, amount..amount + 1)).await.unwrap();
        }
    }
    store.close().await.unwrap();
}

async fn until_no_letters(app: &Application) {
    let until = async {
        while !app.store().dead_letters("writer").await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, until).await.unwrap();
}

fn check(handled: &[(String, i64)]) {
    let mut of_account: HashMap<&str, Vec<i64>> = HashMap::new();
    for (account, amount) in handled {
        of_account.entry(account).or_default().push(*amount);
    }
    assert_eq!(of_account.len() as u64, STREAMS);
    for (account, amounts) in of_account {
        let mut seen = 0;
        for amount in amounts {
            assert!(amount <= seen + 1, "{account}: {amount} was handled before {}", seen + 1);
            seen = seen.max(amount);
        }
        assert_eq!(seen, EVENTS, "{account}");
    }
    let distinct = usize::try_from(STREAMS).unwrap() * usize::try_from(EVENTS).unwrap();
    let repeated = handled.len() - distinct;
    let most = usize::try_from(KILLS).unwrap() * REPEATED;
    println!("{repeated} of {distinct} events were handled twice after {KILLS} kills");
    assert!(repeated <= most, "{repeated} events were handled twice");
}
