//! Commands on SQLite, against raw inserts.

use std::{path::Path, sync::Arc, time::Instant};

use cqrs::store::sqlite::{SqliteStore, Synchronous};
use tempfile::TempDir;

use crate::{
    domain, raw,
    table::{Row, Target, compare, rates},
};

const ACCOUNTS: usize = 64;

pub fn full_one_task() -> Row {
    rates(
        "SQLite `FULL`, one task, against raw rusqlite, one prepared insert per transaction",
        "commands",
        Target::AtLeast(0.9),
        compare(|| ours(Synchronous::Full, 1, 30), || single_inserts("FULL", 30 * ACCOUNTS)),
    )
}

pub fn off_one_task() -> Row {
    rates(
        "the same with `synchronous=OFF`",
        "commands",
        Target::AtLeast(0.4),
        compare(|| ours(Synchronous::Off, 1, 200), || single_inserts("OFF", 200 * ACCOUNTS)),
    )
}

pub fn full_many_tasks() -> Row {
    rates(
        "SQLite `FULL`, 64 tasks on distinct accounts, against raw rusqlite with 100 rows per transaction",
        "commands",
        Target::AtLeast(0.5),
        compare(|| ours(Synchronous::Full, 64, 1_000), || hundreds(1_000 * ACCOUNTS)),
    )
}

fn file() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn ours(synchronous: Synchronous, tasks: usize, rounds: usize) -> f64 {
    let folder = file();
    let runtime = domain::runtime();
    runtime.block_on(async {
        let store = open(&folder.path().join("ours.db"), synchronous);
        let app = domain::application(Arc::new(store)).await;
        domain::open(&app, ACCOUNTS).await;
        let rate = domain::credits(&app, tasks, ACCOUNTS, rounds).await;
        app.shutdown().await.unwrap();
        rate
    })
}

fn open(path: &Path, synchronous: Synchronous) -> SqliteStore {
    SqliteStore::builder().synchronous(synchronous).open(path).unwrap()
}

fn single_inserts(synchronous: &str, rows: usize) -> f64 {
    transactions(synchronous, rows, 1)
}

fn hundreds(rows: usize) -> f64 {
    transactions("FULL", rows, 100)
}

/// Rows a second, so many per transaction.
fn transactions(synchronous: &str, rows: usize, per_transaction: usize) -> f64 {
    let folder = file();
    let mut connection = raw::create(&folder.path().join("raw.db"), synchronous);
    let started = Instant::now();
    let mut number = 0;
    while number < rows {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
        for _ in 0..per_transaction {
            raw::insert(&transaction, number % ACCOUNTS, number / ACCOUNTS + 1);
            number += 1;
        }
        transaction.commit().unwrap();
    }
    #[allow(clippy::cast_precision_loss, reason = "counts are small")]
    let rows = rows as f64;
    rows / started.elapsed().as_secs_f64()
}
