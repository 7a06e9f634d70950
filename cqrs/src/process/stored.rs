//! What the library itself stores in the streams of processes, as events.

use smol_str::SmolStr;

use crate::{
    event::{Event, JsonError},
    message::EventId,
    store::NewEvent,
};

/// Makes a type an event that is stored under a name of the library's own.
macro_rules! library_event {
    ($type:ident, $name:expr) => {
        impl $type {
            const KIND: crate::event::EventKind = crate::event::EventKind {
                name: $name,
                version: 1,
                aliases: &[],
                type_name: stringify!($type),
                location: crate::Location::here(),
            };
        }

        impl crate::event::Event for $type {
            const KINDS: crate::event::EventKinds = crate::event::EventKinds::These(&[Self::KIND]);

            fn kind(&self) -> &'static crate::event::EventKind {
                const { &Self::KIND }
            }

            fn encode(&self) -> Result<crate::event::Payload, crate::event::JsonError> {
                crate::event::Payload::encode(self)
            }

            fn decode(stored: &crate::event::StoredEvent<'_>) -> Result<Self, crate::event::DecodeError> {
                crate::event::decode(stored)
            }
        }
    };
}

pub(super) use library_event;

/// The event with this identity, as it is stored.
pub(super) fn new_event<E: Event>(id: EventId, event: &E) -> Result<NewEvent, JsonError> {
    let kind = event.kind();
    Ok(NewEvent {
        id,
        name: SmolStr::new_static(kind.name),
        schema_version: kind.version,
        payload: event.encode()?,
        tags: event.tags(),
    })
}
