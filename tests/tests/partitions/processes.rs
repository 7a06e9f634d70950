//! Real processes that share the ledger, and are killed.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use cqrs::{prelude::*, registry::Registry, store::postgres::PostgresStore};
use cqrs_tests::{
    child,
    postgres::{Schema, server_answers},
    services::Service,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
    sync::watch,
};

use super::world::*;

const KILLS: i64 = 8;

/// A child that runs the ledger, and what it says.
pub struct Process {
    pub child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts this test again, as a child that pauses at an amount, if it is not zero.
    pub async fn start(test: &str, schema: &Schema, pausing: u64) -> Self {
        let mut child = child::start(test, Path::new(schema.name()), pausing);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Self { child, lines };
        process.until_it_says("started").await;
        process
    }

    pub async fn until_it_says(&mut self, wanted: &str) {
        let said = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line.ends_with(wanted) {
                    return;
                }
            }
            panic!("the child ended by itself");
        };
        assert!(tokio::time::timeout(PATIENCE, said).await.is_ok(), "the child does not say `{wanted}`");
    }
}

/// Goes on with the test, unless this process is a child of it: that runs the ledger until it is killed.
pub async fn or_run_child(test: &str) {
    let Some(orders) = child::orders(test) else { return };
    let options = PostgresStore::builder().schema(orders.file.to_str().unwrap());
    let options = options.writers(1).readers(1).projectors(2);
    let store = options.connect(&Service::PostgreSql.address()).await.unwrap();
    let pausing = Some(i64::try_from(orders.number).unwrap()).filter(|amount| *amount > 0);
    let worker = Worker::pausing(format!("child {}", std::process::id()), &store, pausing);
    let _app = start(&worker, Registry::projection::<Ledger>).await;
    println!("started");
    std::future::pending::<()>().await;
}

/// An application that only appends.
pub async fn writer(schema: &Schema) -> Application {
    start(&Worker::new("writer", &schema.store().await), |_| ()).await
}

async fn write_until(stopped: watch::Receiver<bool>, app: Application) -> i64 {
    for amount in 1.. {
        credit(&app, &format!("account-{}", fastrand::u32(0..20)), amount).await;
        if *stopped.borrow() {
            return amount;
        }
    }
    unreachable!("amounts do not end")
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_leave_their_partitions_to_others_and_each_row_once() {
    let test = "processes::killed_processes_leave_their_partitions_to_others_and_each_row_once";
    or_run_child(test).await;
    if !server_answers() {
        return;
    }
    let schema = schema();
    let writer = writer(&schema).await;
    let mut children = [Process::start(test, &schema, 0).await, Process::start(test, &schema, 0).await];
    until_shares(&schema, &[4, 4]).await;
    let (stop, stopped) = watch::channel(false);
    let writing = tokio::spawn(write_until(stopped, writer.clone()));
    for kill in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..300))).await;
        let killed = &mut children[usize::try_from(kill % 2).unwrap()];
        killed.child.kill().await.unwrap();
        let left = Instant::now();
        if kill % 4 < 2 {
            until_shares(&schema, &[8]).await;
            assert!(left.elapsed() < LEASE * 4, "its partitions were taken after {:?}", left.elapsed());
        }
        *killed = Process::start(test, &schema, 0).await;
        until_shares(&schema, &[4, 4]).await;
    }
    stop.send_replace(true);
    let written = writing.await.unwrap();
    for mut process in children {
        process.child.kill().await.unwrap();
    }
    let before = rows(&schema).await.len();
    let app = join(&schema, "last").await;
    let head = app.store().head().await.unwrap();
    app.wait_for_position::<Ledger>(head).await.unwrap();
    assert_as_the_log(&schema, &app).await;
    assert!(before > 100, "the children hardly ran: {before} of {written}");
    app.shutdown().await.unwrap();
}
