//! One variant of an enum as an event of its own.
//!
//! Serde writes an enum as `{"Opened": {..}}`; in the store the event's name says which variant it is, so the
//! payload is the content alone. [`encode`] lets the enum serialise itself and keeps the content; [`decode`]
//! offers the content to the enum as the variant with a given number. Both rely on serde's default
//! representation of enums, which `derive(Event)` makes sure of.

mod content_deserializer;
mod content_serializer;

use serde::{Serialize, de::DeserializeOwned};

use super::{DecodeError, DecodeReason, Payload, StoredEvent};

/// The content of the variant that `event` is, as JSON; `null` for a variant without content.
pub fn encode<T: Serialize>(event: &T) -> Result<Payload, serde_json::Error> {
    event.serialize(content_serializer::Content).map(Payload::from_json)
}

/// Reads the payload of a stored event as the variant number `index` (from 0, in the order of the source).
pub fn decode<T: DeserializeOwned>(stored: &StoredEvent<'_>, index: u32) -> Result<T, DecodeError> {
    let mut json = serde_json::Deserializer::from_str(stored.payload);
    T::deserialize(content_deserializer::Content::new(index, &mut json))
        .and_then(|event| json.end().map(|()| event))
        .map_err(|cause| stored.error(DecodeReason::Payload(cause)))
}
