//! Processes that run one projection, and are killed.

use std::{path::Path, time::Duration};

use cqrs::{Application, registry::Registry, store::Store, subscription::SubscriptionSettings};
#[cfg(feature = "postgres")]
use cqrs_tests::services::Service;
use cqrs_tests::{audit::all_events, child};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
    sync::watch,
};

#[cfg(feature = "postgres")]
use super::postgres::Database;
use super::{
    super::world::{Probe, app_with, credit, quick},
    place::{Place, Row},
    running,
    sqlite::File,
};

const KILLS: u32 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_processes_leave_each_row_once_in_sqlite() {
    killed_processes_leave_each_row_once::<File>("killed_processes_leave_each_row_once_in_sqlite").await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_processes_leave_each_row_once_in_postgres() {
    if Service::PostgreSql.answers() {
        let name = "killed_processes_leave_each_row_once_in_postgres";
        killed_processes_leave_each_row_once::<Database>(name).await;
    }
}

/// Two processes run the projection, both at once, while a third appends; one after the other is killed and replaced.
async fn killed_processes_leave_each_row_once<P: Place>(name: &str) {
    let name = format!("{}::{name}", module_path!().split_once("::").unwrap().1);
    if let Some(orders) = child::orders(&name) {
        return run_child::<P>(&orders.file).await;
    }
    let place = P::new().await;
    let writer = running(place.store(), &Probe::new(), |_| ()).await;
    let (stop, stopped) = watch::channel(false);
    let writing = tokio::spawn(write_until(stopped, writer.clone()));
    let mut children = [start(&name, &place.address()).await, start(&name, &place.address()).await];
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..120))).await;
        let killed = &mut children[kill as usize % 2];
        killed.kill().await.unwrap();
        *killed = start(&name, &place.address()).await;
        let rows = place.rows().await;
        agree(&rows, &credits(writer.store().as_ref()).await);
    }
    for mut child in children {
        child.kill().await.unwrap();
    }
    stop.send_replace(true);
    writing.await.unwrap();
    let credits = credits(writer.store().as_ref()).await;
    let left = place.rows().await.len();
    assert!(left > 200, "the children hardly ran: {left} of {}", credits.len());
    let app = running(place.again().await, &Probe::new(), Registry::projection::<P::Ledger>).await;
    let head = app.store().head().await.unwrap();
    app.wait_for_position::<P::Ledger>(head).await.unwrap();
    let rows = place.rows().await;
    agree(&rows, &credits);
    assert_eq!(rows.len(), credits.len());
}

async fn run_child<P: Place>(address: &Path) {
    // Small batches, so that a kill comes between two of them or within one.
    let settings = SubscriptionSettings { batch: 20, ..quick() };
    let store = P::open(address).await;
    let _app = app_with(store, &Probe::new(), settings, Registry::projection::<P::Ledger>).await;
    println!("started");
    std::future::pending::<()>().await;
}

async fn start(name: &str, address: &Path) -> Child {
    let mut child = child::start(name, address, 0);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.ends_with("started") {
            return child;
        }
    }
    panic!("the child ended by itself")
}

async fn write_until(stopped: watch::Receiver<bool>, app: Application) {
    for amount in 1.. {
        credit(&app, ["a", "b", "c"][fastrand::usize(0..3)], amount).await;
        if *stopped.borrow() {
            return;
        }
    }
}

/// The rows are those of the log, as far as both go: each once, none left out.
fn agree(rows: &[Row], credits: &[Row]) {
    let difference = rows.iter().zip(credits).find(|(row, credit)| row != credit);
    assert_eq!(difference, None);
}

/// What the log says the rows are.
async fn credits(store: &dyn Store) -> Vec<Row> {
    let events = all_events(store).await.into_iter().filter(|event| event.envelope.name == "money-credited");
    let told = events.map(|event| {
        let amount = event.decode::<cqrs_tests::bank::MoneyCredited>().unwrap().amount;
        (event.position.get().cast_signed(), event.envelope.stream.key().to_owned(), amount)
    });
    told.collect()
}
