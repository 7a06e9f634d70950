//! Who is told of an append, and who need not be.

use std::time::Duration;

use cqrs::store::{EventStore, postgres::PostgresStore};
use cqrs_tests::postgres::{Schema, server_answers};
use sqlx::postgres::PgListener;

use crate::sharing::append;

const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until so many processes listen.
async fn until_listening(schema: &Schema, processes: i64) {
    let mut connection = schema.connection().await;
    let listening = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted \
        AND classid = 1668379252::oid AND objid = 'events'::regclass::oid";
    let enough = async {
        while sqlx::query_scalar::<_, i64>(listening).fetch_one(&mut connection).await.unwrap() < processes {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, enough).await.expect("they listen");
}

/// A session that hears what is sent, and is none of the library's.
async fn eavesdropper(store: &PostgresStore) -> PgListener {
    let channel = sqlx::query_scalar::<_, String>("SELECT 'cqrs_' || 'events'::regclass::oid");
    let channel = channel.fetch_one(store.pool()).await.unwrap();
    let mut listener = PgListener::connect_with(store.pool()).await.unwrap();
    listener.listen(&channel).await.unwrap();
    listener
}

#[tokio::test]
async fn a_process_that_is_alone_sends_no_notice() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    until_listening(&schema, 1).await;
    let mut eavesdropper = eavesdropper(&store).await;
    for version in 1..6 {
        store.append(append("a", version)).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(150), eavesdropper.recv()).await;
        assert!(heard.is_err(), "nobody is there to be told: {heard:?}");
    }
    let other = schema.store().await;
    until_listening(&schema, 2).await;
    store.append(append("a", 6)).await.unwrap();
    tokio::time::timeout(PATIENCE, eavesdropper.recv()).await.expect("somebody is to be told").unwrap();
    // It has a connection of the store.
    drop(eavesdropper);
    other.close().await.unwrap();
    store.close().await.unwrap();
}

/// Also while the other has just found that it is alone.
#[tokio::test]
async fn whoever_listens_is_told_of_the_next_append() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    until_listening(&schema, 1).await;
    for round in 0..5 {
        store.append(append("a", 2 * round + 1)).await.unwrap();
        let other = schema.store().await;
        until_listening(&schema, 2).await;
        // What it is woken by when it begins to listen.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..60))).await;
        let mut wake_ups = other.wake_ups();
        wake_ups.mark_unchanged();
        store.append(append("a", 2 * round + 2)).await.unwrap();
        let woken = tokio::time::timeout(PATIENCE, wake_ups.changed()).await;
        assert!(matches!(woken, Ok(Ok(()))), "it is told in round {round}");
        other.close().await.unwrap();
    }
    store.close().await.unwrap();
}
