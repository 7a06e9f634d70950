//! Who has how many, and that everything is there.

use std::time::{Duration, Instant};

use cqrs::{Position, subscription::State};
use cqrs_tests::postgres::server_answers;

use super::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn one_process_runs_all_partitions() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let app = join(&schema, "one").await;
    let receipt = credit_many(&app, 1..201).await;
    app.wait_for::<Ledger>(&receipt).await.unwrap();
    assert_as_the_log(&schema, &app).await;
    let status = app.status();
    let names: Vec<_> = status.iter().map(|status| status.name).collect();
    assert_eq!(names[..3], ["ledger", "ledger/0", "ledger/1"]);
    assert_eq!(names.len(), 9);
    assert!(
        status.iter().all(|status| status.position >= receipt.position() && status.state == State::Running)
    );
    let health = app.health().await;
    assert_eq!((health.subscriptions.len(), health.findings.len()), (9, 0), "{health:?}");
    app.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_come_and_go_get_and_leave_their_fair_share() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let one = join(&schema, "one").await;
    until_shares(&schema, &[8]).await;
    let came = Instant::now();
    let two = join(&schema, "two").await;
    until_shares(&schema, &[4, 4]).await;
    assert!(came.elapsed() < LEASE * 2, "the second had its share after {:?}", came.elapsed());
    let three = join(&schema, "three").await;
    until_shares(&schema, &[2, 3, 3]).await;
    let receipt = credit_many(&one, 1..201).await;
    for app in [&one, &two, &three] {
        app.wait_for::<Ledger>(&receipt).await.unwrap();
    }
    assert_as_the_log(&schema, &one).await;
    let left = Instant::now();
    two.shutdown().await.unwrap();
    three.shutdown().await.unwrap();
    until_shares(&schema, &[8]).await;
    assert!(left.elapsed() < LEASE, "the partitions were taken after {:?}", left.elapsed());
    let receipt = credit_many(&one, 201..301).await;
    one.wait_for::<Ledger>(&receipt).await.unwrap();
    assert_as_the_log(&schema, &one).await;
    one.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn more_processes_than_partitions_do_no_harm() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let mut apps = Vec::new();
    for name in 0..10 {
        apps.push(join(&schema, &name.to_string()).await);
    }
    until_shares(&schema, &[1; 8]).await;
    let receipt = credit_many(&apps[0], 1..61).await;
    for app in &apps {
        app.wait_for::<Ledger>(&receipt).await.unwrap();
    }
    assert_as_the_log(&schema, &apps[0]).await;
    for app in apps {
        app.shutdown().await.unwrap();
    }
}

/// Where other processes own the partitions, and no event of theirs comes, waiting ends all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_its_own_write_in_the_partitions_of_others() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let (one, two) = (join(&schema, "one").await, join(&schema, "two").await);
    until_shares(&schema, &[4, 4]).await;
    let mut slowest = Duration::ZERO;
    for amount in 1..=40 {
        let writer = if amount % 2 == 0 { &one } else { &two };
        let account = format!("account-{amount}");
        let receipt = credit(writer, &account, amount).await;
        let written = Instant::now();
        writer.wait_for::<Ledger>(&receipt).await.unwrap();
        slowest = slowest.max(written.elapsed());
        assert!(rows(&schema).await.iter().any(|row| row.2 == account), "{account} is not there");
    }
    assert!(slowest < Duration::from_secs(5), "a reader waited for {slowest:?}");
    two.shutdown().await.unwrap();
    one.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_is_rebuilt_under_two_processes_and_each_row_is_there_once() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let (one, two) = (join(&schema, "one").await, join(&schema, "two").await);
    until_shares(&schema, &[4, 4]).await;
    let writer = tokio::spawn({
        let app = one.clone();
        async move { credit_many(&app, 1..301).await }
    });
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        two.start_rebuild::<Ledger>().await.unwrap();
    }
    let receipt = writer.await.unwrap();
    for app in [&one, &two] {
        app.wait_for::<Ledger>(&receipt).await.unwrap();
    }
    assert_as_the_log(&schema, &one).await;
    assert!(one.status().iter().all(|status| status.position > Position::START));
    two.shutdown().await.unwrap();
    one.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_with_the_same_key_have_one_owner() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let mut apps = Vec::new();
    for name in ["one", "two"] {
        let worker = Worker::new(name, &schema.store().await);
        apps.push(start(&worker, cqrs::registry::Registry::projection::<OneKey>).await);
    }
    until_shares(&schema, &[4, 4]).await;
    let receipt = credit_many(&apps[0], 1..101).await;
    apps[1].wait_for::<OneKey>(&receipt).await.unwrap();
    let rows = rows(&schema).await;
    let positions: Vec<_> = rows.iter().map(|row| row.1).collect();
    assert!(positions.is_sorted(), "all have the same key, and so one order");
    assert_eq!(rows.len(), 100);
    assert!(rows.iter().all(|row| row.0 == rows[0].0), "one process owns the partition");
    for app in apps {
        app.shutdown().await.unwrap();
    }
}
