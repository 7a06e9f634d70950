//! Several stores on one schema, as several processes have them.

use std::time::Duration;

use cqrs::{
    EventId, Metadata, StreamId, Version,
    event::Payload,
    store::{Append, EventStore, Expected, NewEvent, StoreError, StreamWrite},
};
use cqrs_tests::postgres::{Schema, server_answers};

use crate::raw::{insert, run};

/// An append of one event to a stream that should have `version` minus one.
pub fn append(key: &str, version: u64) -> Append {
    let event = NewEvent {
        id: EventId::generate(),
        name: "thing-happened".into(),
        schema_version: 1,
        payload: Payload::from_json("{}"),
        tags: vec![],
    };
    let expected = Expected::Exactly(Version::new(version - 1));
    let write = StreamWrite { stream: StreamId::new("thing", key), expected, events: vec![event] };
    Append { writes: vec![write], command: None, metadata: Metadata::new() }
}

#[tokio::test]
async fn what_one_writes_the_other_hears_of_sees_and_expects() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let (one, other) = (schema.store().await, schema.store().await);
    let mut wake_ups = other.wake_ups();
    // Until the other listens, its first notice may be missed; then polling finds what there is.
    tokio::time::sleep(Duration::from_millis(300)).await;
    wake_ups.mark_unchanged();
    one.append(append("a", 1)).await.unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(10), wake_ups.changed()).await;
    assert!(matches!(woken, Ok(Ok(()))), "the other process should be told");
    assert_eq!(other.head().await.unwrap().get(), 1);
    let refused = other.append(append("a", 1)).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    other.append(append("a", 2)).await.unwrap();
    one.append(append("a", 3)).await.unwrap();
}

#[tokio::test]
async fn a_stream_that_somebody_inserted_into_by_hand_goes_on() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut connection = schema.connection().await;
    insert(&mut connection, "a").await;
    assert!(matches!(store.append(append("a", 1)).await, Err(StoreError::Conflict { .. })));
    store.append(append("a", 2)).await.unwrap();
    run(&mut connection, "SELECT 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_contend_for_a_stream_lose_nothing() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let stores = [schema.store().await, schema.store().await];
    let mut tasks = Vec::new();
    for index in 0..16 {
        let store = stores[index % 2].clone();
        tasks.push(tokio::spawn(async move {
            let (mut version, mut written) = (1, 0);
            while written < 20 {
                match store.append(append("a", version)).await {
                    Ok(_) => (version, written) = (version + 1, written + 1),
                    Err(StoreError::Conflict { actual, .. }) => version = actual.get() + 1,
                    Err(other) => panic!("only conflicts are expected: {other:?}"),
                }
            }
        }));
    }
    for task in tasks {
        tokio::time::timeout(Duration::from_mins(1), task).await.unwrap().unwrap();
    }
    assert_eq!(stores[0].version(&StreamId::new("thing", "a")).await.unwrap(), Version::new(320));
    assert_eq!(stores[1].head().await.unwrap().get(), 320);
}
