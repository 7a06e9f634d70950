//! How one type is written and read, as values: so that the one place that makes them is the one place that asks for serde.
//!
//! A bound on a trait is checked again by the compiler wherever the trait is named, and a missing derive would be told of a
//! dozen times. As a constant it is checked where the constant is.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use crate::event::{self, DecodeError, DecodeReason, Event, Payload, StoredEvent, variant};

use super::{Content, JsonError, decode, decode_content, decode_strictly, encode, read_back};

/// A type that is written as JSON and read back: every one with serde's `Serialize` and `Deserialize`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written and read back: write `#[derive(Serialize, Deserialize)]` on it",
    label = "needs `Serialize` and `Deserialize`",
    note = "an event is stored, a command is sent over buses and decided again from its own copy, the state of an aggregate is kept as a snapshot: each as JSON, by serde"
)]
pub trait InJson: Sized {
    #[doc(hidden)]
    const CODEC: JsonCodec<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> InJson for T {
    const CODEC: JsonCodec<Self> = JsonCodec {
        encode: |value| encode(value).map(Payload::from_json),
        read_back: |value| read_back(value),
        decode,
        decode_content,
        decode_strictly,
        encode_variant: variant::encode,
        decode_variant: variant::read,
        content: |value| value,
    };
}

/// How a type becomes JSON and a value again. [`JsonCodec::serde`] makes it.
pub struct JsonCodec<T> {
    encode: fn(&T) -> Result<Payload, JsonError>,
    read_back: ReadBack<T>,
    decode: fn(&str) -> Result<T, JsonError>,
    decode_content: fn(&str) -> Result<T, JsonError>,
    decode_strictly: fn(&str) -> Result<T, JsonError>,
    encode_variant: fn(&T) -> Result<Payload, JsonError>,
    decode_variant: fn(&str, u32) -> Result<T, JsonError>,
    content: fn(&T) -> &dyn Content,
}

/// The text, and the value as it is read from there.
type ReadBack<T> = fn(&T) -> Result<(Box<str>, T), JsonError>;

impl<T: InJson> JsonCodec<T> {
    /// As serde does it.
    pub const fn serde() -> Self {
        T::CODEC
    }
}

impl<T> JsonCodec<T> {
    /// The value as JSON.
    pub fn encode(&self, value: &T) -> Result<Payload, JsonError> {
        (self.encode)(value)
    }

    /// The value of JSON that this library wrote.
    pub fn decode(&self, json: &str) -> Result<T, JsonError> {
        (self.decode)(json)
    }

    /// The value of JSON from outside: no field is one that the type does not have.
    pub(crate) fn decode_strictly(&self, json: &str) -> Result<T, JsonError> {
        (self.decode_strictly)(json)
    }

    /// The value as JSON text, and as it is read from there.
    pub(crate) fn read_back(&self, value: &T) -> Result<(Box<str>, T), JsonError> {
        (self.read_back)(value)
    }

    #[doc(hidden)]
    #[inline]
    pub fn decode_event(&self, stored: &StoredEvent<'_>) -> Result<T, DecodeError>
    where
        T: Event,
    {
        event::kind_of::<T>(stored)?;
        (self.decode_content)(stored.payload).map_err(|cause| stored.error(DecodeReason::Payload(cause)))
    }

    #[doc(hidden)]
    pub fn encode_variant(&self, event: &T) -> Result<Payload, JsonError> {
        (self.encode_variant)(event)
    }

    #[doc(hidden)]
    pub fn decode_variant(&self, stored: &StoredEvent<'_>) -> Result<T, DecodeError>
    where
        T: Event,
    {
        let index = variant::index_of::<T>(stored)?;
        (self.decode_variant)(stored.payload, index)
            .map_err(|cause| stored.error(DecodeReason::Payload(cause)))
    }

    #[doc(hidden)]
    pub fn content<'a>(&self, event: &'a T) -> &'a dyn Content {
        (self.content)(event)
    }
}

impl<T> fmt::Debug for JsonCodec<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JsonCodec({})", std::any::type_name::<T>())
    }
}
