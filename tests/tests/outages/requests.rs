//! An event beside all aggregates.

use cqrs::{
    EventId, Metadata, StreamId,
    event::Payload,
    store::{Append, EventStore, Expected, NewEvent, StoreError, StreamWrite, postgres::PostgresStore},
};

/// Appends an event; again, if the connection was one of those the server has lost.
pub async fn append(store: &PostgresStore) {
    let append = thing("a");
    while let Err(error) = store.append(append.clone()).await {
        println!("once more: {error}");
    }
}

/// Appends an event of this key, if the store does it at once.
pub async fn append_once(store: &PostgresStore, key: &str) -> Result<(), StoreError> {
    store.append(thing(key)).await.map(drop)
}

fn thing(key: &str) -> Append {
    let event = NewEvent {
        id: EventId::generate(),
        name: "thing-happened".into(),
        schema_version: 1,
        payload: Payload::from_json("{}"),
        tags: Vec::new(),
    };
    let write =
        StreamWrite { stream: StreamId::new("thing", key), expected: Expected::Any, events: vec![event] };
    Append { writes: vec![write], command: None, metadata: Metadata::new() }
}
