//! Streams that somebody else holds, and connections that go.

use std::time::{Duration, Instant};

use cqrs::{
    CommandId,
    store::{CommandClaim, CommandForm, EventStore, StoreError, postgres::PostgresStore},
};
use cqrs_tests::postgres::{Schema, server_answers};
use futures_util::future::join_all;
use sqlx::PgConnection;

use crate::{raw::run, sharing::append};

/// Takes the lock of a stream, as an append of another process does.
async fn hold(connection: &mut PgConnection, key: &str) {
    run(connection, "BEGIN").await;
    let lock =
        "SELECT pg_advisory_xact_lock(hashtextextended('thing/' || $1, 'events'::regclass::oid::bigint))";
    sqlx::query(lock).bind(key).execute(connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_blocked_stream_does_not_stop_the_others() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut holder = schema.connection().await;
    hold(&mut holder, "held").await;
    let blocked = tokio::spawn({
        let store = store.clone();
        async move { store.append(append("held", 1)).await }
    });
    let started = Instant::now();
    for version in 1..=30 {
        let appends = (0..20).map(|key| store.append(append(&key.to_string(), version)));
        for outcome in join_all(appends).await {
            outcome.unwrap();
        }
    }
    assert!(started.elapsed() < Duration::from_secs(8), "they took {:?}", started.elapsed());
    assert!(!blocked.is_finished(), "the stream is still held");
    run(&mut holder, "COMMIT").await;
    blocked.await.unwrap().expect("the stream is free again");
}

#[tokio::test]
async fn who_waits_too_long_is_told_how_long() {
    if !server_answers() {
        return;
    }
    let patience = Duration::from_millis(400);
    let schema = Schema::with(PostgresStore::builder().busy_timeout(patience));
    let store = schema.store().await;
    let mut holder = schema.connection().await;
    hold(&mut holder, "held").await;
    match store.append(append("held", 1)).await {
        Err(StoreError::Busy { waited, limit }) => {
            assert!(waited >= patience && limit == patience, "{waited:?}, {limit:?}");
        }
        other => panic!("the stream is held: {other:?}"),
    }
    run(&mut holder, "COMMIT").await;
    store.append(append("held", 1)).await.expect("nothing of the first was stored");
}

/// Ends the connection that waits for the holder, once there is one.
async fn cut_who_waits_for(holder: &mut PgConnection, eye: &mut PgConnection) {
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(holder).await.unwrap();
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks \
        WHERE NOT granted AND locktype = 'advisory' AND $1 = ANY (pg_blocking_pids(pid))";
    for _ in 0..1_000 {
        if sqlx::query_scalar::<_, i64>(cut).bind(pid).fetch_one(&mut *eye).await.unwrap() > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nobody waits for the stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_cut_in_an_append_leaves_the_outcome_open_and_a_retry_settles_it() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut holder = schema.connection().await;
    hold(&mut holder, "a").await;
    let mut answering = append("a", 1);
    let (id, form) = (CommandId::generate(), CommandForm { version: 1, shape: 0, digest: None });
    answering.command = Some(CommandClaim { id, name: "do-thing".into(), aliases: &[], form });
    let waiting = tokio::spawn({
        let (store, append) = (store.clone(), answering.clone());
        async move { store.append(append).await }
    });
    cut_who_waits_for(&mut holder, &mut schema.connection().await).await;
    let outcome = waiting.await.unwrap();
    assert!(matches!(outcome, Err(StoreError::OutcomeUnknown(_))), "{outcome:?}");
    run(&mut holder, "COMMIT").await;
    assert_eq!(store.command(id).await.unwrap(), None);
    store.append(answering.clone()).await.expect("the retry settles it");
    assert!(matches!(store.append(answering).await, Err(StoreError::AlreadyHandled(_))));
}
