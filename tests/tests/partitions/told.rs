//! Who waits for a partition of another process is told when its owner has stopped, and at what; and is told no more once
//! somebody else has taken it.

use std::time::Instant;

use cqrs::{prelude::*, registry::Registry, store::postgres::PostgresStore, subscription::WaitError};
use cqrs_tests::{
    child,
    postgres::{Schema, server_answers},
    services::Service,
};

use super::{
    processes::{Process, writer},
    world::*,
};

/// The amount that nobody can handle until it is mended.
const BAD: i64 = 666;

/// An application that runs the ledger, and cannot handle the amount.
async fn failing(schema: &Schema, name: &str) -> (Application, std::sync::Arc<Worker>) {
    let worker = Worker::new(name, &schema.store().await);
    worker.failing.lock().unwrap().insert(BAD);
    (start(&worker, Registry::projection::<Stopping>).await, worker)
}

/// Runs such an application until this process is killed, if it is a child.
async fn or_run_failing_child(test: &str) {
    let Some(orders) = child::orders(test) else { return };
    let options = PostgresStore::builder().schema(orders.file.to_str().unwrap());
    let options = options.writers(1).readers(1).projectors(2);
    let store = options.connect(&Service::PostgreSql.address()).await.unwrap();
    let worker = Worker::new("child", &store);
    worker.failing.lock().unwrap().insert(BAD);
    let _app = start(&worker, Registry::projection::<Stopping>).await;
    println!("started");
    std::future::pending::<()>().await;
}

/// An account whose partition this worker owns.
async fn account_of(schema: &Schema, writer: &Application, app: &Application, worker: &str) -> String {
    let receipt = credit_many(writer, 1..21).await;
    app.wait_for::<Stopping>(&receipt).await.unwrap();
    let rows = rows(schema).await;
    rows.into_iter().find(|row| row.0 == worker).expect("it owns partitions").2
}

async fn wait_in_vain(app: &Application, receipt: &Receipt) {
    let began = Instant::now();
    let WaitError::Stopped { name, error } = app.wait_for::<Stopping>(receipt).await.unwrap_err() else {
        panic!("it has stopped")
    };
    assert!(name.starts_with("ledger/"), "{name}");
    assert!(error.contains("told to fail at 666"), "{error}");
    // What nobody is told of is waited for for half a minute.
    assert!(began.elapsed() < std::time::Duration::from_secs(15), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_waits_is_told_at_what_the_owner_in_another_application_has_stopped() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let writer = writer(&schema).await;
    let (owner, _) = failing(&schema, "owner").await;
    let (other, others_worker) = failing(&schema, "other").await;
    until_shares(&schema, &[4, 4]).await;
    let account = account_of(&schema, &writer, &other, "owner").await;
    let receipt = credit(&writer, &account, BAD).await;
    wait_in_vain(&other, &receipt).await;
    wait_in_vain(&owner, &receipt).await;

    others_worker.failing.lock().unwrap().clear();
    owner.shutdown().await.unwrap();
    until_shares(&schema, &[8]).await;
    other.wait_for::<Stopping>(&receipt).within(PATIENCE).await.expect("the partition is mended");
    assert_as_the_log(&schema, &writer).await;
    other.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_owner_said_that_was_killed_is_void_once_its_partition_is_taken() {
    let test = "told::what_an_owner_said_that_was_killed_is_void_once_its_partition_is_taken";
    or_run_failing_child(test).await;
    if !server_answers() {
        return;
    }
    let schema = schema();
    let writer = writer(&schema).await;
    let mut owner = Process::start(test, &schema, 0).await;
    let (app, worker) = failing(&schema, "taker").await;
    until_shares(&schema, &[4, 4]).await;
    let account = account_of(&schema, &writer, &app, "child").await;
    let receipt = credit(&writer, &account, BAD).await;
    wait_in_vain(&app, &receipt).await;

    worker.failing.lock().unwrap().clear();
    owner.child.kill().await.unwrap();
    until_shares(&schema, &[8]).await;
    app.wait_for::<Stopping>(&receipt).within(PATIENCE).await.expect("the partition is taken");
    assert_as_the_log(&schema, &writer).await;
    app.shutdown().await.unwrap();
}

/// An owner that was overtaken before it could say so, or a process that was gone for long.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_of_another_epoch_says_nothing() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let writer = writer(&schema).await;
    let (owner, _) = failing(&schema, "owner").await;
    let (other, _) = failing(&schema, "other").await;
    until_shares(&schema, &[4, 4]).await;
    let stale =
        "UPDATE subscriptions SET stopped_epoch = epoch - 1, stopped = 'long ago' WHERE name LIKE 'ledger/%'";
    sqlx::query(stale).execute(&mut schema.connection().await).await.unwrap();
    let receipt = credit_many(&writer, 1..21).await;
    other.wait_for::<Stopping>(&receipt).await.unwrap();
    owner.wait_for::<Stopping>(&receipt).await.unwrap();
    // Whoever has the partition now does not carry it along.
    let left = "SELECT count(*) FROM subscriptions WHERE stopped IS NOT NULL";
    let gone = async {
        while sqlx::query_scalar::<_, i64>(left).fetch_one(&mut schema.connection().await).await.unwrap() > 0
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("it is forgotten");
    for app in [owner, other] {
        app.shutdown().await.unwrap();
    }
}
