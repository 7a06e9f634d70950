//! The ledgers in a SQLite file.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use cqrs::{handler::BoxError, prelude::*};
use cqrs_tests::bank::*;

use super::{
    super::world::Probe,
    place::{Place, Row},
};

const SCHEMA: &str =
    "CREATE TABLE ledger (position INTEGER NOT NULL, account TEXT NOT NULL, amount INTEGER NOT NULL)";

fn enter(
    name: &'static str,
    (event, account, position): (&MoneyCredited, &AccountId, Position),
    probe: &Probe,
    tx: &SqliteTransaction<'_>,
) -> Result<(), BoxError> {
    probe.note(name, account.0.clone(), event.amount);
    tx.execute(
        "INSERT INTO ledger (position, account, amount) VALUES (?1, ?2, ?3)",
        (position, account, event.amount),
    )?;
    Ok(probe.obey(event.amount)?)
}

macro_rules! ledger {
    ($type:ident, $name:literal, $($key:tt)*) => {
        #[derive(Projection, Debug)]
        #[projection(name = $name, $($key)*)]
        pub struct $type;

        #[event_handler]
        impl $type {
            fn credited(
                event: &MoneyCredited,
                account: Id<Account>,
                position: Position,
                probe: Inject<Arc<Probe>>,
                tx: &mut SqliteTransaction<'_>,
            ) -> Result<(), BoxError> {
                enter($name, (event, &account, position), &probe, tx)
            }
        }
    };
}

ledger!(Ledger, "ledger", schema = SCHEMA);
ledger!(ParkingLedger, "parking-ledger", schema = SCHEMA, on_failure = park);
ledger!(
    LedgerTwo,
    "ledger",
    version = 2,
    schema = "CREATE TABLE ledger (position INTEGER, account TEXT, amount INTEGER, two TEXT DEFAULT 'two')"
);
ledger!(Book, "book", alias = "ledger", schema = SCHEMA);
ledger!(ResetLedger, "reset-ledger", schema = SCHEMA, reset = "DELETE FROM ledger");

/// A file that goes with the test.
pub struct File {
    store: SqliteStore,
    folder: tempfile::TempDir,
}

impl Place for File {
    type Store = SqliteStore;
    type Ledger = Ledger;
    type ParkingLedger = ParkingLedger;
    type LedgerTwo = LedgerTwo;
    type Book = Book;
    type ResetLedger = ResetLedger;

    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: SqliteStore::open(folder.path().join("bank.db")).unwrap(), folder }
    }

    fn store(&self) -> SqliteStore {
        self.store.clone()
    }

    fn address(&self) -> PathBuf {
        self.folder.path().join("bank.db")
    }

    async fn open(address: &Path) -> SqliteStore {
        SqliteStore::open(address).unwrap()
    }

    async fn rows(&self) -> Vec<Row> {
        rows(&self.again().await).await
    }

    async fn twos(&self) -> i64 {
        let sql = "SELECT count(*) FROM ledger WHERE two = 'two'";
        let store = self.again().await;
        store.query(|connection| connection.query_row(sql, [], |row| row.get(0))).await.unwrap()
    }
}

/// What is in the ledger.
pub async fn rows(store: &SqliteStore) -> Vec<Row> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let query = move |connection: &rusqlite::Connection| {
        let sql = "SELECT position, account, amount FROM ledger ORDER BY position";
        connection.prepare(sql)?.query_map([], read)?.collect()
    };
    store.query(query).await.unwrap()
}
