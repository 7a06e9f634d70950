//! What is wrong with a message that cannot be read, as exactly as can be said.

use serde_json::Value;

use crate::{
    event::{DecodeError, DecodeReason, JsonError, StoredEvent, StoredMetadata},
    json,
    message::{EventId, Version},
    store::StoreError,
};

use super::BodyEvent;
use crate::store::nats::{fault, sequence};

/// The error about a message: about one of its events if that one is damaged, else about the message as a whole.
#[cold]
pub(super) fn of(
    sequence: u64,
    subject: &str,
    first_version: Option<u64>,
    payload: &[u8],
    error: Option<JsonError>,
) -> StoreError {
    let body: Option<Value> = serde_json::from_slice(payload).ok();
    if let (Some(first), Some(body)) = (first_version, &body)
        && let Some(damaged) = damaged_event(sequence, first, body)
    {
        return damaged.into();
    }
    let what = place(sequence, subject);
    match error {
        Some(error) => fault::damaged(what, error),
        None => StoreError::Damaged { what: format!("{what}: it has no version"), source: None },
    }
}

/// The error about a message that contradicts itself.
#[cold]
pub(super) fn contradicts(sequence: u64, subject: &str, what: &str) -> StoreError {
    StoreError::Damaged { what: format!("{}: {what}", place(sequence, subject)), source: None }
}

fn place(sequence: u64, subject: &str) -> String {
    let position = sequence::position(sequence, 0);
    format!("message {sequence} on subject `{subject}`, of the events up to position {position}")
}

fn damaged_event(sequence: u64, first_version: u64, body: &Value) -> Option<DecodeError> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or("?").to_owned();
    let stream = body.get("stream")?;
    let events = body.get("events")?.as_array()?;
    let (index, event, error) = (0_u64..).zip(events).find_map(|(index, event)| {
        let text = event.to_string();
        let error = json::parse::<BodyEvent<'_>>(text.as_bytes()).err()?;
        Some((index, event, error))
    })?;
    let stored = StoredEvent {
        position: sequence::position(sequence, (events.len() as u64).saturating_sub(index + 1)),
        category: &text(stream, "category"),
        key: &text(stream, "key"),
        version: Version::new(first_version.saturating_add(index)),
        id: EventId::from(uuid::Uuid::nil()),
        name: &text(event, "name"),
        schema_version: 0,
        payload: "",
        metadata: StoredMetadata::LeftOut,
    };
    Some(stored.error(DecodeReason::Damaged { column: "events", found: error.to_string() }))
}
