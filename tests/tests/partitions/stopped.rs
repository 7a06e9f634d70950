//! An owner that is stopped in the middle of a batch, its rows written and not committed. Another process takes over; when
//! the first wakes up, its commit is refused.

use cqrs::{prelude::*, registry::Registry};
use cqrs_tests::postgres::{Schema, server_answers};
use sqlx::AssertSqlSafe;
use tokio::process::Command;

use super::{
    processes::{Process, or_run_child, writer},
    world::*,
};

/// The amount at which the owner is stopped.
const MIDDLE: u16 = 666;

async fn signal(process: &Process, signal: &str) {
    let pid = process.child.id().expect("it runs").to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().await.unwrap().success());
}

async fn run(schema: &Schema, sql: &str) {
    let sql = AssertSqlSafe(sql.to_owned());
    sqlx::raw_sql(sql).execute(&mut schema.connection().await).await.unwrap();
}

/// Whether the server still has the transaction of an owner that has entered its row and not committed.
async fn has_open_transaction(schema: &Schema) -> bool {
    let open = "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
        WHERE l.relation = 'ledger'::regclass AND l.mode = 'RowExclusiveLock' AND a.state = 'idle in transaction')";
    sqlx::query_scalar(open).fetch_one(&mut schema.connection().await).await.unwrap()
}

/// Another process, as one role of the server.
enum Taker {
    /// The same as the owner's: it may end the owner's session.
    OfTheSameRole,
    /// It may not.
    OfAnotherRole(String),
}

impl Taker {
    async fn join(&self, schema: &Schema) -> Application {
        let store = match self {
            Self::OfTheSameRole => schema.store().await,
            Self::OfAnotherRole(role) => schema.open_as(role).await.unwrap(),
        };
        start(&Worker::new("taker", &store), Registry::projection::<Ledger>).await
    }
}

async fn an_owner_that_slept_commits_nothing(test: &str, schema: &Schema, taker: &Taker) {
    let writer = writer(schema).await;
    let mut owner = Process::start(test, schema, MIDDLE.into()).await;
    until_shares(schema, &[8]).await;
    run(schema, "CREATE TABLE go (at timestamptz)").await;
    if let Taker::OfAnotherRole(role) = taker {
        let schema_name = schema.name();
        let tables = format!("GRANT ALL ON ALL TABLES IN SCHEMA \"{schema_name}\" TO {role}");
        let rest = format!(
            "GRANT ALL ON SCHEMA \"{schema_name}\" TO {role}; \
             GRANT ALL ON ALL SEQUENCES IN SCHEMA \"{schema_name}\" TO {role}"
        );
        run(schema, &format!("{tables}; {rest}")).await;
    }
    credit_many(&writer, 1..41).await;
    credit(&writer, "account-3", MIDDLE.into()).await;
    owner.until_it_says("in the middle").await;
    signal(&owner, "-STOP").await;
    assert!(has_open_transaction(schema).await, "the owner has written and not committed");

    let app = taker.join(schema).await;
    until_shares(schema, &[8]).await;
    let receipt = credit_many(&writer, 41..81).await;
    app.wait_for::<Ledger>(&receipt).await.unwrap();
    assert_as_the_log(schema, &writer).await;
    let may_end_sessions = matches!(taker, Taker::OfTheSameRole);
    assert_eq!(has_open_transaction(schema).await, !may_end_sessions);

    run(schema, "INSERT INTO go VALUES (now())").await;
    signal(&owner, "-CONT").await;
    owner.until_it_says("goes on").await;
    // It has its share again: so it has learned that what it had is lost.
    until_shares(schema, &[4, 4]).await;
    assert!(!has_open_transaction(schema).await, "it has given up");
    let receipt = credit_many(&writer, 81..121).await;
    app.wait_for::<Ledger>(&receipt).await.unwrap();
    assert_as_the_log(schema, &writer).await;
    let rows = rows(schema).await;
    let middle: Vec<_> = rows.iter().filter(|row| row.3 == i64::from(MIDDLE)).collect();
    assert!(matches!(*middle, [(worker, ..)] if worker == "taker"), "{middle:?}");
    assert!(rows.iter().any(|row| row.0 != "taker" && row.3 > 80), "the first works again");
    app.shutdown().await.unwrap();
    owner.child.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_slept_finds_its_transaction_ended_and_works_on() {
    let test = "stopped::an_owner_that_slept_finds_its_transaction_ended_and_works_on";
    or_run_child(test).await;
    if server_answers() {
        an_owner_that_slept_commits_nothing(test, &schema(), &Taker::OfTheSameRole).await;
    }
}

/// Where nobody may end its session, the epoch alone refuses it.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_slept_with_its_transaction_open_is_refused_by_the_epoch() {
    let test = "stopped::an_owner_that_slept_with_its_transaction_open_is_refused_by_the_epoch";
    or_run_child(test).await;
    if !server_answers() {
        return;
    }
    let schema = schema();
    let role = format!("cqrs_test_taker_{}", std::process::id());
    let mut connection = schema.connection().await;
    let make = format!("DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN NOSUPERUSER");
    sqlx::raw_sql(AssertSqlSafe(make)).execute(&mut connection).await.unwrap();
    let taker = Taker::OfAnotherRole(role.clone());
    let outcome = tokio::spawn(async move {
        an_owner_that_slept_commits_nothing(test, &schema, &taker).await;
        schema
    });
    let outcome = outcome.await;
    let remove = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(AssertSqlSafe(remove)).execute(&mut connection).await.unwrap();
    drop(outcome.unwrap());
}

/// The checkpoint is where it was, and still the batch is refused: somebody else has the partition.
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_whose_partition_was_only_taken_is_refused_and_begins_anew_when_it_has_it_again() {
    let test =
        "stopped::an_owner_whose_partition_was_only_taken_is_refused_and_begins_anew_when_it_has_it_again";
    or_run_child(test).await;
    if !server_answers() {
        return;
    }
    let schema = schema();
    let writer = writer(&schema).await;
    let mut owner = Process::start(test, &schema, MIDDLE.into()).await;
    until_shares(&schema, &[8]).await;
    run(&schema, "CREATE TABLE go (at timestamptz)").await;
    credit(&writer, "account-3", MIDDLE.into()).await;
    owner.until_it_says("in the middle").await;
    signal(&owner, "-STOP").await;
    let taken = "UPDATE subscriptions SET owner = gen_random_uuid(), epoch = epoch + 1, \
        lease_until = clock_timestamp() + interval '1 second' WHERE name LIKE 'ledger/%'";
    run(&schema, taken).await;
    run(&schema, "INSERT INTO go VALUES (now())").await;
    signal(&owner, "-CONT").await;
    owner.until_it_says("goes on").await;
    owner.until_it_says("in the middle").await;
    owner.until_it_says("goes on").await;
    until_shares(&schema, &[8]).await;
    let entered = async {
        while rows(&schema).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, entered).await.expect("it is entered");
    assert_as_the_log(&schema, &writer).await;
    owner.child.kill().await.unwrap();
}
