//! One variant of an enum as an event of its own.
//!
//! Serde writes an enum as `{"Opened": {..}}`; in the store the event's name says which variant it is, so the
//! payload is the content alone. [`encode`] lets the enum serialise itself and keeps the content; [`decode`]
//! offers the content to the enum as the variant with the number of the kind. Both rely on serde's default
//! representation of enums, which `derive(Event)` makes sure of.

mod content_deserializer;
mod content_serializer;

use serde::{Serialize, de::DeserializeOwned};

use super::{DecodeError, DecodeReason, EncodeError, Event, EventKinds, Payload, StoredEvent, kind_of};

/// The content of the variant that `event` is, as JSON; `null` for a variant without content.
pub fn encode<E: Serialize>(event: &E) -> Result<Payload, EncodeError> {
    event.serialize(content_serializer::Content).map(Payload::from_json)
}

/// Decodes a stored event into an enum whose variants are events, in the order of its [`Event::KINDS`].
pub fn decode<E: Event + DeserializeOwned>(stored: &StoredEvent<'_>) -> Result<E, DecodeError> {
    let kind = kind_of::<E>(stored)?;
    let EventKinds::These(kinds) = E::KINDS else { return Err(stored.unknown()) };
    let index = kinds.iter().zip(0..).find_map(|(other, index)| (other.name == kind.name).then_some(index));
    decode_content(stored, index.ok_or_else(|| stored.unknown())?)
}

/// Reads the payload as the variant number `index`, from 0.
fn decode_content<E: DeserializeOwned>(stored: &StoredEvent<'_>, index: u32) -> Result<E, DecodeError> {
    let mut json = serde_json::Deserializer::from_str(stored.payload);
    E::deserialize(content_deserializer::Content::new(index, &mut json))
        .and_then(|event| json.end().map(|()| event))
        .map_err(|cause| stored.error(DecodeReason::Payload(cause)))
}
