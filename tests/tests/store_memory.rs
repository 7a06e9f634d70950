//! The memory store, and the example of a store of one's own: the conformance suite.

#[path = "../../cqrs/docs/own_store.rs"]
mod own_store;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs::{
    EventId, Metadata, StreamId,
    event::Payload,
    store::{Append, EventStore, Expected, NewEvent, Store, StoreError, StreamWrite, memory::MemoryStore},
    testing::store::{BoxFuture, StorePlace},
};

struct Memory;

impl StorePlace for Memory {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { Arc::new(MemoryStore::new()) as _ })
    }
}

cqrs::store_conformance_tests!(Memory);

/// An append of one event to each of so many streams.
fn append(streams: usize, payload: &str) -> Append {
    let write = |key: usize| StreamWrite {
        stream: StreamId::new("thing", key.to_string()),
        expected: Expected::NoStream,
        events: vec![NewEvent {
            id: EventId::generate(),
            name: "thing-happened".into(),
            schema_version: 1,
            payload: Payload::from_json(payload),
            tags: vec![],
        }],
    };
    Append { writes: (0..streams).map(write).collect(), command: None, metadata: Metadata::new() }
}

#[tokio::test]
async fn an_append_to_many_streams_takes_as_long_as_so_many_do() {
    let append = append(100_000, "1");
    let store = MemoryStore::new();
    let started = Instant::now();
    let appended = store.append(append).await.unwrap();
    assert_eq!(appended.streams.len(), 100_000);
    // A tenth of a second, even without optimisation; it was a quarter of a minute with it.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn an_event_that_is_too_large_is_refused() {
    let store = MemoryStore::with_max_event_bytes(10);
    store.append(append(1, "\"12345678\"")).await.unwrap();
    match store.append(append(2, "\"123456789\"")).await {
        Err(StoreError::TooLarge { actual: 11, limit: 10, .. }) => {}
        other => panic!("the event is too large: {other:?}"),
    }
    let ordinary = MemoryStore::new();
    let large = append(1, &format!("\"{}\"", "x".repeat(16 << 20)));
    assert!(matches!(ordinary.append(large).await, Err(StoreError::TooLarge { .. })));
}
