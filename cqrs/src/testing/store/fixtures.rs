//! Appends to test with.

use smol_str::SmolStr;

use crate::{
    event::{Payload, RecordedEvent},
    message::{CommandId, EventId, Metadata, StreamId},
    store::{
        Append, Appended, CommandClaim, CommandForm, EventQuery, EventStore, Expected, Fingerprint, NewEvent,
        StoreError, StreamWrite, read_page,
    },
};

pub(super) fn stream(key: impl Into<SmolStr>) -> StreamId {
    StreamId::new("thing", key)
}

pub(super) fn event(number: u64) -> NewEvent {
    NewEvent {
        id: EventId::generate(),
        name: "thing-happened".into(),
        schema_version: 1,
        payload: Payload::from_json(format!(r#"{{"number":{number}}}"#)),
        tags: Vec::new(),
    }
}

pub(super) fn events(count: u64) -> Vec<NewEvent> {
    (1..=count).map(event).collect()
}

pub(super) fn write(key: &str, expected: Expected, count: u64) -> StreamWrite {
    StreamWrite { stream: stream(key), expected, events: events(count) }
}

pub(super) fn append(writes: Vec<StreamWrite>) -> Append {
    Append { writes, command: None, metadata: Metadata::new() }
}

/// An append of `count` events to one stream, whatever its version.
pub(super) fn some(key: &str, count: u64) -> Append {
    append(vec![write(key, Expected::Any, count)])
}

pub(super) fn claim(id: CommandId, payload: &str) -> CommandClaim {
    let digest = Some(Fingerprint::of(payload.as_bytes()));
    let form = CommandForm { version: 1, shape: 0x8000_0000_0000_0001, digest };
    CommandClaim { id, name: "do-thing".into(), aliases: &[], form }
}

/// The same append as the answer to a command.
pub(super) fn answering(append: Append, claim: &CommandClaim) -> Append {
    Append { command: Some(claim.clone()), ..append }
}

pub(super) async fn must_append(store: &(impl EventStore + ?Sized), append: Append) -> Appended {
    store.append(append).await.expect("the append should be stored")
}

/// All events of a query, page after page.
pub(super) async fn read(
    store: &(impl EventStore + ?Sized),
    query: EventQuery,
    limit: usize,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let (mut query, mut events) = (query, Vec::new());
    loop {
        let (page, end) = read_page(store, &query, limit).await?;
        assert_eq!(page.len(), end.count, "a page should count the events it shows");
        assert!(page.len() <= limit, "a page should keep its limit");
        events.extend(page);
        if end.complete {
            return Ok(events);
        }
        assert!(end.count > 0, "a page without events should be the last");
        (query.after, query.after_version) = (end.position, end.version);
    }
}

pub(super) async fn all(store: &(impl EventStore + ?Sized)) -> Vec<RecordedEvent> {
    read(store, EventQuery::all(), 1_000).await.expect("the log should be read")
}

/// The numbers of [`event`]s.
pub(super) fn numbers(events: &[RecordedEvent]) -> Vec<u64> {
    let number = |event: &RecordedEvent| {
        let value: serde_json::Value = serde_json::from_str(event.payload.as_json()).ok()?;
        value.get("number")?.as_u64()
    };
    events.iter().map(|event| number(event).expect("a payload should have a number")).collect()
}

pub(super) fn versions(events: &[RecordedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.envelope.version.get()).collect()
}
