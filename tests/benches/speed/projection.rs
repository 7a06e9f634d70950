//! Catching up a projection in a SQLite table, against a raw loop.

use std::{path::Path, time::Instant};

use cqrs::{Application, prelude::*, registry::Registry, store::sqlite::SqliteStore};
use cqrs_tests::bank::{Account, MoneyCredited};
use rusqlite::Connection;

use crate::{
    domain, raw,
    table::{Row, Target, compare, rates},
};

pub const EVENTS: usize = 100_000;
const ACCOUNTS: usize = 1_000;

pub const TABLE: &str = "CREATE TABLE totals (account TEXT PRIMARY KEY, total INTEGER NOT NULL) STRICT";
pub const UPSERT: &str = "INSERT INTO totals (account, total) VALUES (?1, ?2) \
    ON CONFLICT DO UPDATE SET total = total + excluded.total";

#[derive(Projection)]
#[projection(name = "totals", schema = TABLE)]
pub struct Totals;

#[event_handler]
impl Totals {
    fn credited(
        event: &MoneyCredited,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        tx.prepare_cached(UPSERT)?.execute((&account.0, event.amount))?;
        Ok(())
    }
}

pub fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<cqrs_tests::bank::OpenAccount>();
    registry.command::<cqrs_tests::bank::CreditAccount>();
    registry.projection::<Totals>();
    registry
}

pub fn row() -> Row {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let template = template(folder.path());
    let runtime = domain::runtime();
    rates(
        "projection catch-up of 100,000 events into a SQLite table, against a raw loop in 1,000-row transactions",
        "events",
        Target::AtLeast(0.6),
        compare(
            || runtime.block_on(ours(&copy(&template, "ours.db"))),
            || by_hand(&copy(&template, "raw.db")),
        ),
    )
}

/// A store with a hundred events of a thousand accounts each.
pub fn template(folder: &Path) -> std::path::PathBuf {
    let template = folder.join("template.db");
    fill(&mut raw::create(&template, "OFF"));
    template
}

fn fill(connection: &mut Connection) {
    for version in 1..=EVENTS / ACCOUNTS {
        let transaction = connection.transaction().unwrap();
        (0..ACCOUNTS).for_each(|account| raw::insert(&transaction, account, version));
        transaction.commit().unwrap();
    }
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
}

pub fn copy(template: &Path, name: &str) -> std::path::PathBuf {
    let path = template.with_file_name(name);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    std::fs::copy(template, &path).unwrap();
    path
}

async fn ours(path: &Path) -> f64 {
    let store = SqliteStore::open(path).unwrap();
    let started = Instant::now();
    let app = Application::builder().store(store.clone()).registry(registry()).start().await.unwrap();
    let rate = rate(started);
    let rows: i64 = store
        .query(|connection| connection.query_row("SELECT sum(total) FROM totals", [], |row| row.get(0)))
        .await
        .unwrap();
    assert_eq!(rows, 100_000);
    app.shutdown().await.unwrap();
    rate
}

fn by_hand(path: &Path) -> f64 {
    let mut connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "synchronous", "FULL").unwrap();
    let started = Instant::now();
    connection.execute_batch(TABLE).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE checkpoint (position INTEGER NOT NULL); INSERT INTO checkpoint VALUES (0)",
        )
        .unwrap();
    let mut position = 0;
    loop {
        let transaction = connection.transaction().unwrap();
        let reached = thousand(&transaction, position);
        transaction
            .execute("UPDATE checkpoint SET position = ?1 WHERE position = ?2", (reached, position))
            .unwrap();
        transaction.commit().unwrap();
        if reached == position {
            return rate(started);
        }
        position = reached;
    }
}

/// Applies a thousand events after `position`, and gives the last one's position.
fn thousand(connection: &Connection, mut position: i64) -> i64 {
    let mut select = connection
        .prepare_cached(
            "SELECT position, key, name, payload FROM events WHERE position > ?1 ORDER BY position LIMIT 1000",
        )
        .unwrap();
    let mut upsert = connection.prepare_cached(UPSERT).unwrap();
    let mut rows = select.query([position]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        position = row.get(0).unwrap();
        let name = row.get_ref(2).unwrap().as_str().unwrap();
        if name == "money-credited" {
            let event: MoneyCredited =
                serde_json::from_str(row.get_ref(3).unwrap().as_str().unwrap()).unwrap();
            upsert.execute((row.get_ref(1).unwrap().as_str().unwrap(), event.amount)).unwrap();
        }
    }
    position
}

#[allow(clippy::cast_precision_loss, reason = "counts are small")]
fn rate(started: Instant) -> f64 {
    EVENTS as f64 / started.elapsed().as_secs_f64()
}
