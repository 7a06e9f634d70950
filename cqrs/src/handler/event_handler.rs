//! Event handlers that are functions: side effects, at least once, each from its own checkpoint.

use std::any::TypeId;

use futures_util::future::BoxFuture;

use crate::event::{DecodeError, Event, EventKinds, RecordedEvent};

use super::{BoxError, EventContext, EventHandlerInfo, EventHandlerSettings};

/// Where an event handler starts when it first runs against a store. The choice is kept with its checkpoint:
/// changing it later changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartFrom {
    /// At the first event of the store.
    Start,
    /// After the last event that is there when the handler first runs.
    Now,
}

/// A function that reacts to events, each at least once, in the order of its stream.
///
/// Usually written by `#[event_handler(from = ..)]` on a function.
pub trait EventHandler: Send + Sync + 'static {
    /// What it handles: one event type, or every event there is.
    type Event: HandledEvent;

    /// The name of its checkpoint. Changing it makes it another handler, which starts afresh.
    const NAME: &'static str;

    /// Former names, whose checkpoint it takes over.
    const ALIASES: &'static [&'static str];

    /// Where it starts when it first runs.
    const FROM: StartFrom;

    /// How it is run.
    const SETTINGS: EventHandlerSettings = EventHandlerSettings::new();

    /// Whether the future of `handle` does its work without waiting, as that of a function that is not `async` does: such a
    /// call is made where it may block, and can be given up, but not ended.
    const BLOCKING: bool = false;

    /// The kinds of event it takes; `None` means all.
    const KINDS: Option<EventKinds> = <Self::Event as HandledEvent>::KINDS;

    /// What its signature declares.
    const INFO: EventHandlerInfo;

    /// Returns the type of the function that `handle` calls, by which a registry leaves it out; the handler's own where there is none.
    fn function() -> TypeId {
        TypeId::of::<Self>()
    }

    /// Handles one event.
    fn handle<'a>(
        event: &'a Self::Event,
        context: &'a EventContext<'a>,
    ) -> BoxFuture<'a, Result<(), BoxError>>;
}

/// What an event handler function may take: an event, or [`RecordedEvent`] for every event there is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "an event handler function takes an event or `&RecordedEvent`",
    note = "write `#[derive(Event, Serialize, Deserialize)]` on `{Self}`"
)]
pub trait HandledEvent: Sized + Send + Sync + 'static {
    /// The kinds of event; `None` means all.
    const KINDS: Option<EventKinds>;

    /// Returns the value of a recorded event.
    fn from_recorded(event: &RecordedEvent) -> Result<Self, DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<E: Event> HandledEvent for E {
    const KINDS: Option<EventKinds> = Some(E::KINDS);

    fn from_recorded(event: &RecordedEvent) -> Result<Self, DecodeError> {
        event.decode()
    }
}

impl HandledEvent for RecordedEvent {
    const KINDS: Option<EventKinds> = None;

    fn from_recorded(event: &RecordedEvent) -> Result<Self, DecodeError> {
        Ok(event.clone())
    }
}
