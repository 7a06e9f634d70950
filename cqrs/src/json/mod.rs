//! Values as JSON text, there and back: the one place where events, commands and states are encoded and decoded.
//!
//! What is written here can be read, or is refused: [`encode`] refuses what JSON does not have, [`read_back`] has the
//! type read what it wrote, and [`compare`] sees whether it is the same value. What a reader finds wrong is told by a
//! [`JsonError`], which names the place and never the value.

mod anything;
mod codec;
mod error;
mod likeness;
mod outline;
mod path;
mod read;
mod reason;
mod write;

use std::cell::RefCell;

use serde::{Serialize, de::DeserializeOwned};

pub use codec::{InJson, JsonCodec};
pub use error::JsonError;
pub use outline::Content;
pub(crate) use outline::compare;
pub(crate) use read::{Strictness, explain, explain_with};
pub use reason::JsonReason;
pub(crate) use write::{Watch, Writer};

thread_local! {
    /// Encoding into a buffer that has grown already costs one allocation, of the right size.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A buffer larger than this is not kept.
const KEPT: usize = 64 * 1024;

/// The serializer of `serde_json` at the bottom of every encoding.
pub(crate) type ToBuffer<'a> = &'a mut serde_json::Serializer<&'a mut Vec<u8>>;

/// The value as JSON text, unless it has a part that could not be read back in any case.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Box<str>, JsonError> {
    encode_with(|to, watch| {
        let written = value.serialize(Writer::new(to, watch));
        written.inspect_err(|_| watch.blame::<T>())
    })
}

/// What `write` writes, as JSON text. The buffer is taken out while the value's own code runs, which may encode
/// another value.
pub(crate) fn encode_with(
    write: impl FnOnce(ToBuffer<'_>, &Watch) -> Result<(), serde_json::Error>,
) -> Result<Box<str>, JsonError> {
    let mut buffer = BUFFER.take();
    buffer.clear();
    let watch = Watch::default();
    write(&mut serde_json::Serializer::new(&mut buffer), &watch).map_err(|error| watch.into_error(&error))?;
    // Nothing else is written; where it is, it shows. Text that is all right is seen to be faster than by `from_utf8_lossy`.
    let json = str::from_utf8(&buffer).map_or_else(|_| String::from_utf8_lossy(&buffer).into(), Box::from);
    if buffer.capacity() <= KEPT {
        BUFFER.set(buffer);
    }
    Ok(json)
}

/// The value of JSON text that this library wrote, or that somebody wrote who may be trusted to.
#[inline]
pub(crate) fn decode<T: DeserializeOwned>(json: &str) -> Result<T, JsonError> {
    serde_json::from_str(json).or_else(|_| explain(json, Strictness::Lenient))
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "nats"))]
/// A value of one of the library's own types that has messages in it, and may borrow from the text.
pub(crate) fn parse<'json, T: serde::Deserialize<'json>>(json: &'json [u8]) -> Result<T, JsonError> {
    serde_json::from_slice(json).map_err(|error| JsonError::of_value::<T>(&error))
}

/// The value of a message's content. Whole arrays are rare: one is looked at closely, so that none is taken for a struct.
#[inline]
pub(crate) fn decode_content<T: DeserializeOwned>(json: &str) -> Result<T, JsonError> {
    if is_array(json) { explain(json, Strictness::Objects) } else { decode(json) }
}

/// Whether the text is that of an array, if of anything.
#[inline]
pub(crate) fn is_array(json: &str) -> bool {
    json.trim_ascii_start().starts_with('[')
}

/// Refuses text that is not JSON, that is nested deeper than a reader takes, and that has a key twice in an object:
/// who reads it later might take the first, the last, or none of the two.
pub(crate) fn check(json: &str) -> Result<(), JsonError> {
    explain::<anything::Anything>(json, Strictness::Objects).map(drop)
}

/// The value of JSON text from outside. A struct is an object, no key stands in an object twice, and no field is one
/// that the type does not have: a sender that misspells an optional field must hear of it.
pub(crate) fn decode_strictly<T: DeserializeOwned>(json: &str) -> Result<T, JsonError> {
    explain(json, Strictness::Complete)
}

/// The value as JSON text, and as its own type reads it from there; refused if that is no value, or another one.
pub(crate) fn read_back<T: Serialize + DeserializeOwned>(value: &T) -> Result<(Box<str>, T), JsonError> {
    let json = encode(value)?;
    let read = explain(&json, Strictness::Objects)?;
    compare(value, &read)?;
    Ok((json, read))
}
