//! Facts: what an event is, how it is named, and how it becomes JSON and a value again.

mod decode_error;
mod kind;
mod payload;
mod recorded;
mod stored;
pub mod variant;

use crate::message::Tag;

#[cfg(feature = "derive")]
pub use cqrs_derive::Event;
pub use decode_error::{DecodeError, DecodeReason, UndecodableEvent};
pub use kind::{EventKind, EventKinds};
pub use payload::Payload;
pub use recorded::{Envelope, RecordedEvent};
pub use stored::{StoredEvent, StoredMetadata};

pub use crate::json::{Content, InJson, JsonCodec, JsonError, JsonReason};

/// Something that happened, as a Rust type: a struct is one kind of event, an enum one kind for each
/// variant. Usually derived; by hand it is
///
/// ```
/// use cqrs::event::{Content, DecodeError, Event, EventKind, EventKinds, JsonError, Payload, StoredEvent, decode};
/// use cqrs::Location;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct MoneyDebited { amount: u64 }
///
/// impl Event for MoneyDebited {
///     const KINDS: EventKinds = EventKinds::These(&[EventKind {
///         name: "money-debited",
///         version: 1,
///         aliases: &[],
///         type_name: "MoneyDebited",
///         location: Location::new(file!(), line!()),
///     }]);
///     fn kind(&self) -> &'static EventKind { Self::KINDS.find("money-debited").unwrap() }
///     fn encode(&self) -> Result<Payload, JsonError> { Payload::encode(self) }
///     fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> { decode(stored) }
///     fn content(&self) -> Option<&dyn Content> { Some(self) }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "write `#[derive(Event, Serialize, Deserialize)]` on `{Self}`",
    note = "every method of an `#[event_handler]` block handles an event: helpers belong in a plain `impl`",
    note = "every event there is is taken as `&RecordedEvent`, by an `#[event_handler(from = ..)]` function only"
)]
pub trait Event: Sized + Send + Sync + 'static {
    /// The kinds of event this type stands for.
    const KINDS: EventKinds;

    /// Zero, computed of what is asked of the type, by the derive.
    #[doc(hidden)]
    const CHECKED: usize = 0;

    /// Returns the kind of this very event.
    fn kind(&self) -> &'static EventKind;

    /// Returns the content as JSON.
    fn encode(&self) -> Result<Payload, JsonError>;

    /// Returns what the event can be found by, across streams: the fields marked `#[event(tag)]`.
    fn tags(&self) -> Vec<Tag> {
        Vec::new()
    }

    /// Returns the value of a stored event; an error that names the event's place if it is another event or damaged.
    fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError>;

    /// Returns what is compared when the event is read back before it is stored: as a rule, the event. Where there is nothing, what
    /// is read counts as the same, whatever it is.
    fn content(&self) -> Option<&dyn Content> {
        None
    }
}

/// Finds the kind a stored event is of, and refuses a schema version that is not the present one.
#[inline]
pub fn kind_of<E: Event>(stored: &StoredEvent<'_>) -> Result<&'static EventKind, DecodeError> {
    let Some(kind) = E::KINDS.find(stored.name) else {
        return Err(stored.unknown());
    };
    let known = kind.version;
    match stored.schema_version {
        version if version == known => Ok(kind),
        version if version > known => Err(stored.error(DecodeReason::NewerSchema { known })),
        _ => Err(stored.error(DecodeReason::OlderSchema { known })),
    }
}

/// Decodes a stored event into a struct that is one kind of event.
#[inline]
pub fn decode<E: Event + serde::de::DeserializeOwned>(stored: &StoredEvent<'_>) -> Result<E, DecodeError> {
    kind_of::<E>(stored)?;
    crate::json::decode_content(stored.payload).map_err(|cause| stored.error(DecodeReason::Payload(cause)))
}
