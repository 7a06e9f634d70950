//! On PostgreSQL: the dump is loaded into a database of its own, since it names the schema `cqrs`.

use cqrs::store::postgres::PostgresStore;
use cqrs_tests::{
    fixtures,
    services::{Service, aside},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

use crate::{
    domain::{Announced, PgParcelsTable},
    expectations::{self, EVENTS, GRAMS},
};

/// A database that goes with the test.
struct Database(String);

impl Database {
    fn with_the_dump() -> Self {
        let database = Self(format!("cqrs release 0.1.0 {}", std::process::id()));
        aside(async {
            database.drop().await.expect("the database of an earlier test should go");
            database.administer("CREATE DATABASE", "").await.expect("a database should be made");
            load(&mut database.connection().await, &fixtures::unpacked("0.1.0", "parcels.sql")).await;
        });
        database
    }

    async fn administer(&self, command: &str, how: &str) -> sqlx::Result<()> {
        let mut server = PgConnection::connect_with(&server()).await?;
        let sql = format!("{command} \"{}\" {how}", self.0);
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut server).await.map(drop)
    }

    async fn drop(&self) -> sqlx::Result<()> {
        self.administer("DROP DATABASE IF EXISTS", "WITH (FORCE)").await
    }

    fn address(&self) -> PgConnectOptions {
        server().database(&self.0)
    }

    async fn connection(&self) -> PgConnection {
        PgConnection::connect_with(&self.address()).await.unwrap()
    }

    async fn store(&self) -> PostgresStore {
        let store = PostgresStore::builder().connect_with(self.address()).await;
        store.expect("a schema of 0.1.0 opens")
    }

    async fn ask(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.connection().await).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = aside(Self::drop(self)) {
            eprintln!("database `{}` stays: {error}", self.0);
        }
    }
}

fn server() -> PgConnectOptions {
    Service::PostgreSql.address().parse().expect("the address should be one")
}

/// What `psql` does with a dump: its own commands are left out, and rows follow a `COPY` until `\.`.
async fn load(connection: &mut PgConnection, dump: &[u8]) {
    let dump = std::str::from_utf8(dump).unwrap();
    let mut lines =
        dump.lines().filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    let mut statements = String::new();
    while let Some(line) = lines.next() {
        if line.starts_with("COPY ") {
            run(connection, std::mem::take(&mut statements)).await;
            let mut copy = connection.copy_in_raw(line.trim_end_matches(';')).await.unwrap();
            let rows: String =
                lines.by_ref().take_while(|row| *row != "\\.").flat_map(|row| [row, "\n"]).collect();
            copy.send(rows.into_bytes()).await.unwrap();
            copy.finish().await.unwrap();
        } else {
            statements.push_str(line);
            statements.push('\n');
        }
    }
    run(connection, statements).await;
}

async fn run(connection: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.unwrap();
}

#[tokio::test]
async fn the_parcels_go_on() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let database = Database::with_the_dump();
    assert_eq!(database.ask("SELECT max(version)::bigint FROM cqrs.schema_versions").await, 2);
    let store = database.store().await;
    let report = store.check().await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.events, EVENTS);

    let announced = Announced::default();
    let application = expectations::application(store.clone(), &announced).await;
    expectations::the_log_is_read(&application).await;
    expectations::failures_are_known(&application).await;
    expectations::parcels_fold(&application).await;
    expectations::commands_are_not_handled_again(&application).await;
    assert_eq!(database.ask("SELECT sum(grams)::bigint FROM cqrs.parcels").await, GRAMS);
    expectations::the_dead_letter_is_retried(&application, &announced).await;
    let receipt = expectations::the_projection_goes_on::<PgParcelsTable>(&application).await;
    assert_eq!(database.ask("SELECT sum(grams)::bigint FROM cqrs.parcels").await, GRAMS + 1_000);
    application.start_rebuild::<PgParcelsTable>().await.unwrap();
    application.wait_for::<PgParcelsTable>(&receipt).await.unwrap();
    assert_eq!(database.ask("SELECT sum(grams)::bigint FROM cqrs.parcels").await, GRAMS + 1_000);
    assert!(store.check().await.unwrap().is_sound());
    application.shutdown().await.unwrap();
}
