//! The program on PostgreSQL, run twice at a time: every process of the business has one owner, and which of the two that is
//! changes whenever one is killed.

use std::process::{Command, Stdio};

use cqrs::store::postgres::PostgresStore;
use cqrs_tests::services::{Service, aside};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::{
    checker::check,
    killed::{everything_happened_once, is_content, kill_later, kills},
};

/// A database that goes with the test: the schema of the program is always the same.
struct Database {
    name: String,
    address: String,
}

impl Database {
    async fn new(what: &str) -> Self {
        let name = format!("conference_{what}_{}", std::process::id());
        execute(&format!("CREATE DATABASE {name}")).await.expect("a database can be made");
        let server = Service::PostgreSql.address();
        let address = server.rsplit_once('/').map(|(server, _)| format!("{server}/{name}"));
        Self { name, address: address.expect("an address that ends with a database") }
    }

    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_conference"));
        command.arg("--store").arg(&self.address);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = aside(execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name))) {
            eprintln!("database `{}` stays: {error}", self.name);
        }
    }
}

async fn execute(sql: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(&Service::PostgreSql.address()).await?;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
    connection.close().await
}

async fn runs_twice_with_kills(what: &str, kills: u64) {
    if !cqrs_tests::postgres::server_answers() {
        return;
    }
    let database = Database::new(what).await;
    let store = PostgresStore::builder().schema("conference").connect(&database.address).await.unwrap();
    let mut beside = database.program().spawn().unwrap();
    for more in (0..kills).rev() {
        let next = database.program().spawn().unwrap();
        kill_later(std::mem::replace(&mut beside, next), &store, more).await;
    }
    let last = database.program().spawn().unwrap();
    is_content(beside);
    is_content(last);
    everything_happened_once(&check(&store).await);
}

#[tokio::test]
async fn two_at_a_time_sell_exactly_the_seats_there_are() {
    runs_twice_with_kills("beside", 0).await;
}

#[tokio::test]
async fn two_at_a_time_of_which_one_is_killed_again_and_again_sell_exactly_the_seats_there_are() {
    runs_twice_with_kills("killed", kills() / 2).await;
}
