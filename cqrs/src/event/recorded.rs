//! An event with everything that is known about it, owned.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::message::{EventId, Metadata, Position, StreamId, Version};

use super::{DecodeError, Event, Payload, StoredEvent, StoredMetadata};

/// Everything about an event but its content and its position. It is known before the event is stored and
/// never changes afterwards, so even an aggregate's event handler may read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The identity of the event.
    pub id: EventId,
    /// Whose event it is.
    pub stream: StreamId,
    /// Where it stands in its stream.
    pub version: Version,
    /// Its stored name.
    pub name: SmolStr,
    /// The version of its payload's schema.
    pub schema_version: u32,
    /// Who caused it, when, and in what context.
    pub metadata: Metadata,
}

/// An event as recorded in the store: its position, its envelope and its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedEvent {
    /// Where it stands in the store.
    pub position: Position,
    /// Everything else but the content.
    pub envelope: Envelope,
    /// The content as JSON.
    pub payload: Payload,
}

impl RecordedEvent {
    /// Returns the event as a value of type `E`.
    pub fn decode<E: Event>(&self) -> Result<E, DecodeError> {
        E::decode(&self.as_stored())
    }

    /// Returns a borrowed view, as a store would hand it out.
    pub fn as_stored(&self) -> StoredEvent<'_> {
        StoredEvent {
            position: self.position,
            category: self.envelope.stream.category(),
            key: self.envelope.stream.key(),
            version: self.envelope.version,
            id: self.envelope.id,
            name: &self.envelope.name,
            schema_version: self.envelope.schema_version,
            payload: self.payload.as_json(),
            metadata: StoredMetadata::Value(&self.envelope.metadata),
        }
    }
    /// How many bytes it takes in memory, about.
    pub(crate) fn size(&self) -> usize {
        let headers = self.envelope.metadata.headers.iter().map(|(name, text)| name.len() + text.len());
        size_of::<Self>() + self.payload.as_json().len() + headers.sum::<usize>()
    }
}
