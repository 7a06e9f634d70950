//! An event beside all aggregates.

use cqrs::{
    EventId, Metadata, StreamId,
    event::Payload,
    store::{Append, EventStore, Expected, NewEvent, StreamWrite, postgres::PostgresStore},
};

/// Appends an event; again, if the connection was one of those the server has lost.
pub async fn append(store: &PostgresStore) {
    let event = NewEvent {
        id: EventId::generate(),
        name: "thing-happened".into(),
        schema_version: 1,
        payload: Payload::from_json("{}"),
        tags: Vec::new(),
    };
    let stream = StreamId::new("thing", "a");
    let write = StreamWrite { stream, expected: Expected::Any, events: vec![event] };
    let append = Append { writes: vec![write], command: None, metadata: Metadata::new() };
    while let Err(error) = store.append(append.clone()).await {
        println!("once more: {error}");
    }
}
