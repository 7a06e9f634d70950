//! The ledgers in a schema of PostgreSQL.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use cqrs::{handler::BoxError, prelude::*};
use cqrs_tests::{bank::*, postgres::Schema, services::Service};

use super::{
    super::world::Probe,
    place::{Place, Row},
};

const SCHEMA: &str =
    "CREATE TABLE ledger (position bigint NOT NULL, account text NOT NULL, amount bigint NOT NULL)";

async fn enter(
    name: &'static str,
    (event, account, position): (&MoneyCredited, &AccountId, Position),
    probe: &Probe,
    tx: &mut PgTransaction<'_>,
) -> Result<(), BoxError> {
    probe.note(name, account.0.clone(), event.amount);
    let insert = sqlx::query("INSERT INTO ledger (position, account, amount) VALUES ($1, $2, $3)");
    let insert = insert.bind(position.get().cast_signed()).bind(&account.0).bind(event.amount);
    insert.execute(&mut **tx).await?;
    Ok(probe.obey(event.amount)?)
}

macro_rules! ledger {
    ($type:ident, $name:literal, $($key:tt)*) => {
        #[derive(Projection, Debug)]
        #[projection(name = $name, $($key)*)]
        pub struct $type;

        #[event_handler]
        impl $type {
            async fn credited(
                event: &MoneyCredited,
                account: Id<Account>,
                position: Position,
                probe: Inject<Arc<Probe>>,
                tx: &mut PgTransaction<'_>,
            ) -> Result<(), BoxError> {
                enter($name, (event, &account, position), &probe, tx).await
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
    schema = "CREATE TABLE ledger (position bigint, account text, amount bigint, two text DEFAULT 'two')"
);
ledger!(
    LedgerThree,
    "ledger",
    version = 3,
    schema = "CREATE TYPE kind AS ENUM ('credit', 'debit');
        CREATE TABLE ledger (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, serial serial,
            position bigint, account text, amount bigint, kind kind DEFAULT 'credit'
        );
        CREATE INDEX ledger_by_account ON ledger (account);
        CREATE SEQUENCE spare;
        CREATE FUNCTION doubled(kind kind, amount bigint) RETURNS bigint LANGUAGE sql AS 'SELECT amount * 2';
        CREATE VIEW doubles AS SELECT doubled(kind, amount) AS amount FROM ledger;
        CREATE MATERIALIZED VIEW kinds AS SELECT kind FROM ledger;"
);
ledger!(Book, "book", alias = "ledger", schema = SCHEMA);
ledger!(ResetLedger, "reset-ledger", schema = SCHEMA, reset = "DELETE FROM ledger");

/// A schema that goes with the test.
pub struct Database {
    pub store: PostgresStore,
    pub schema: Schema,
}

impl Place for Database {
    type Store = PostgresStore;
    type Ledger = Ledger;
    type ParkingLedger = ParkingLedger;
    type LedgerTwo = LedgerTwo;
    type Book = Book;
    type ResetLedger = ResetLedger;

    async fn new() -> Self {
        let schema = Schema::new();
        Self { store: schema.store().await, schema }
    }

    fn store(&self) -> PostgresStore {
        self.store.clone()
    }

    fn address(&self) -> PathBuf {
        self.schema.name().into()
    }

    async fn open(address: &Path) -> PostgresStore {
        let schema = address.to_str().unwrap();
        let address = Service::PostgreSql.address();
        PostgresStore::builder().schema(schema).connect(&address).await.unwrap()
    }

    async fn rows(&self) -> Vec<Row> {
        let rows = sqlx::query_as("SELECT position, account, amount FROM ledger ORDER BY position");
        rows.fetch_all(&mut self.schema.connection().await).await.unwrap()
    }

    async fn twos(&self) -> i64 {
        let twos = sqlx::query_scalar("SELECT count(*) FROM ledger WHERE two = 'two'");
        twos.fetch_one(&mut self.schema.connection().await).await.unwrap()
    }
}
