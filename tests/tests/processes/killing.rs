//! Processes of the operating system that are killed while process managers run in them.

use std::{path::Path, sync::Arc, time::Duration};

use cqrs::{prelude::*, store::Store, subscription::SubscriptionSettings};
use cqrs_tests::{child, process_audit::audit_processes};

use crate::ringing::{AskForRinging, Clapper, SetShut, registry};

const NAME: &str =
    "killing::killed_at_any_moment_every_command_is_accepted_once_or_refused_once_and_every_timer_comes_once";
const RINGINGS: u32 = 60;
const BELLS: u32 = 6;
/// How often each is rung again.
const AGAIN: u32 = 4;
const KILLS: u64 = 20;
const STOPPED: &str = "killing::stopped_past_its_lease_it_overtakes_nobody";
const STOPS: u64 = 10;
/// A dead owner must not hold the next one up for long.
const LEASE: Duration = Duration::from_millis(60);

async fn open(file: &Path) -> (Application, Arc<dyn Store>) {
    let settings = SubscriptionSettings { lease: LEASE, ..SubscriptionSettings::default() };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(file).unwrap());
    let builder = Application::builder().shared_store(Arc::clone(&store)).registry(registry());
    let builder = builder.provide(Arc::<Clapper>::default()).subscription_settings(settings);
    (builder.start().await.unwrap(), store)
}

fn ask(ringing: u32) -> AskForRinging {
    let bells = vec![ringing % BELLS, (ringing + 1) % BELLS, (ringing + 2) % BELLS];
    AskForRinging { ringing, bells, again: AGAIN, pause: 15 }
}

/// Asks for everything, and then shuts and opens bells until it is killed.
async fn run_child(orders: child::Orders) {
    let (app, _) = open(&orders.file).await;
    let asking = app.clone();
    tokio::spawn(async move {
        for ringing in 0..RINGINGS {
            let id = CommandId::derived("asking", ringing);
            asking.dispatch(ask(ringing)).command_id(id).await.unwrap();
        }
    });
    loop {
        let shut = SetShut { bell: fastrand::u32(0..BELLS), shut: fastrand::bool() };
        app.dispatch(shut).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// How many events there are.
fn stored(file: &Path) -> i64 {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection
        .query_row("SELECT count(*) FROM events WHERE name LIKE 'process/%'", [], |row| row.get(0))
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_every_command_is_accepted_once_or_refused_once_and_every_timer_comes_once() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(orders).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let (app, store) = open(&file).await;
    app.shutdown().await.unwrap();
    drop(store);
    for kill in 0..KILLS {
        let until = stored(&file) + fastrand::i64(1..40);
        let mut running = child::start(NAME, &file, kill);
        while stored(&file) < until {
            assert!(running.try_wait().unwrap().is_none(), "the child ended by itself");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        running.kill().await.unwrap();
    }
    finish(&file).await;
}

/// Everything goes on to its end, and the log tells what cannot be otherwise.
async fn finish(file: &Path) {
    let (app, store) = open(file).await;
    for ringing in 0..RINGINGS {
        let id = CommandId::derived("asking", ringing);
        app.dispatch(ask(ringing)).command_id(id).await.unwrap();
    }
    let expected = usize::try_from(RINGINGS * AGAIN).unwrap();
    let started = std::time::Instant::now();
    let told = loop {
        let told = audit_processes(&*store).await;
        if told.are_settled() && told.timers >= expected {
            break told;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "{told:?}\n{:?}", app.health().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(told.timers, expected, "each alarm comes once");
    let commands = usize::try_from(RINGINGS * (3 + 2 * AGAIN)).unwrap();
    assert_eq!(told.accepted + told.refused, commands);
    assert!(told.accepted > commands / 8 && told.refused > commands / 8, "{told:?}");
    for worker in ["process/ringing/steps", "process/ringing/sender"] {
        assert!(app.dead_letters(worker).list().await.unwrap().is_empty());
    }
    app.shutdown().await.unwrap();
}

/// A process that is stopped for longer than its lease, and goes on as if nothing had been: another has taken over meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn stopped_past_its_lease_it_overtakes_nobody() {
    if let Some(orders) = child::orders(STOPPED) {
        return run_child(orders).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let (app, _) = open(&file).await;
    let mut running = child::start(STOPPED, &file, 0);
    for _ in 0..STOPS {
        let until = stored(&file) + fastrand::i64(1..40);
        // In the end nothing more is to come.
        for _ in 0..100 {
            if stored(&file) >= until {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        signal(&running, "-STOP").await;
        tokio::time::sleep(2 * LEASE).await;
        signal(&running, "-CONT").await;
    }
    running.kill().await.unwrap();
    app.shutdown().await.unwrap();
    finish(&file).await;
}

async fn signal(process: &tokio::process::Child, signal: &str) {
    let pid = process.id().expect("it runs").to_string();
    let sent = tokio::process::Command::new("kill").args([signal, &pid]).status().await;
    assert!(sent.unwrap().success());
}
