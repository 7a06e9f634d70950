//! One variant of an enum as an event of its own.
//!
//! Serde writes an enum as `{"Opened": {..}}`; in the store the event's name says which variant it is, so the
//! payload is the content alone. [`encode`] lets the enum serialise itself and keeps the content; [`decode`]
//! offers the content to the enum as the variant with the number of the kind. Both rely on serde's default
//! representation of enums, which `derive(Event)` makes sure of.

mod content_deserializer;
mod content_serializer;

use serde::{Serialize, de::DeserializeOwned};

use crate::json::{self, JsonError, Strictness, Writer};

use super::{DecodeError, DecodeReason, Event, EventKinds, Payload, StoredEvent, kind_of};

/// Returns the content of the variant that `event` is, as JSON; `null` for a variant without content.
pub fn encode<E: Serialize>(event: &E) -> Result<Payload, JsonError> {
    let json = json::encode_with(|to, watch| {
        let written = event.serialize(content_serializer::Content(Writer::new(to, watch)));
        written.inspect_err(|_| watch.blame::<E>())
    });
    json.map(Payload::from_json)
}

/// Decodes a stored event into an enum whose variants are events, in the order of its [`Event::KINDS`].
pub fn decode<E: Event + DeserializeOwned>(stored: &StoredEvent<'_>) -> Result<E, DecodeError> {
    decode_content(stored, index_of::<E>(stored)?)
}

/// The number of the variant that the event is, from 0.
pub(crate) fn index_of<E: Event>(stored: &StoredEvent<'_>) -> Result<u32, DecodeError> {
    let kind = kind_of::<E>(stored)?;
    let EventKinds::These(kinds) = E::KINDS else { return Err(stored.unknown()) };
    let index = kinds.iter().zip(0..).find_map(|(other, index)| (other.name == kind.name).then_some(index));
    index.ok_or_else(|| stored.unknown())
}

/// Reads the payload as the variant number `index`, from 0.
fn decode_content<E: DeserializeOwned>(stored: &StoredEvent<'_>, index: u32) -> Result<E, DecodeError> {
    read(stored.payload, index).map_err(|cause| stored.error(DecodeReason::Payload(cause)))
}

/// An array that stands for a struct is refused.
pub(crate) fn read<E: DeserializeOwned>(payload: &str, index: u32) -> Result<E, JsonError> {
    if json::is_array(payload) {
        return explain(payload, index, Strictness::Objects);
    }
    let mut json = serde_json::Deserializer::from_str(payload);
    let read = E::deserialize(content_deserializer::Content::new(index, &mut json));
    let read = read.and_then(|event| json.end().map(|()| event));
    read.or_else(|_| explain(payload, index, Strictness::Lenient))
}

fn explain<E: DeserializeOwned>(payload: &str, index: u32, strictness: Strictness) -> Result<E, JsonError> {
    json::explain_with(payload, strictness, |json| {
        E::deserialize(json.around(|json| content_deserializer::Content::new(index, json)))
    })
}
