//! What the tests ask of a store.

use cqrs::{
    CommandId, EventId, Metadata, StreamId, Version,
    event::{Payload, RecordedEvent},
    store::{
        Append, Appended, CommandClaim, CommandForm, EventQuery, EventStore, Expected, Fingerprint, NewEvent,
        StoreError, StreamWrite, read_page,
    },
};

pub fn stream(key: &str) -> StreamId {
    StreamId::new("thing", key)
}

fn event() -> NewEvent {
    NewEvent {
        id: EventId::generate(),
        name: "thing-happened".into(),
        schema_version: 1,
        payload: Payload::from_json("{}"),
        tags: vec![],
    }
}

/// An append of so many events.
pub fn append(key: &str, expected: Expected, count: usize) -> Append {
    let events = (0..count).map(|_| event()).collect();
    let write = StreamWrite { stream: stream(key), expected, events };
    Append { writes: vec![write], command: None, metadata: Metadata::new() }
}

/// The same as the answer to a command.
pub fn answering(append: Append, id: CommandId) -> Append {
    let form = CommandForm { version: 1, shape: 0, digest: Some(Fingerprint::of(b"{}")) };
    let command = CommandClaim { id, name: "do-thing".into(), aliases: &[], form };
    Append { command: Some(command), ..append }
}

/// Where an append landed, now or before.
pub fn landed(outcome: Result<Appended, StoreError>) -> Option<Appended> {
    match outcome {
        Ok(appended) => Some(appended),
        Err(StoreError::AlreadyHandled(first)) => Some(first.appended),
        Err(_) => None,
    }
}

pub async fn events(store: &impl EventStore, query: EventQuery) -> Vec<RecordedEvent> {
    let (events, end) = read_page(store, &query, usize::MAX).await.expect("the log is read");
    assert!(end.complete);
    events
}

pub async fn version(store: &impl EventStore, key: &str) -> Version {
    store.version(&stream(key)).await.expect("the stream is looked at")
}
