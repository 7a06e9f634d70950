//! Refusals: a command that a process sent, and that was not accepted.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    command::Command,
    event::{
        DecodeError, DecodeReason, Event, EventKind, EventKinds, JsonError, Payload, RecordedEvent,
        StoredEvent, kind_of,
    },
    json,
    message::{CommandId, EventId},
    store::{NewEvent, Refusal, RefusalReason},
};

use super::{
    SentCommand, names,
    refusal_name::RefusalNames,
    stored::{library_event, new_event},
};

/// A command that a process sent and that was refused, stored as one event of the process's stream: `process/refused`.
///
/// It is stored under the command's own id as its claim: of this event and the command's own events, one is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRefused {
    /// Which command.
    pub command: SentCommand,
    /// What kind of refusal it is.
    pub reason: RefusalReason,
    /// The error and its causes.
    pub text: String,
}

library_event!(CommandRefused, names::REFUSED);

impl CommandRefused {
    /// Returns what is stored of a command's refusal.
    pub fn new(command: SentCommand, refusal: Refusal) -> Self {
        Self { command, reason: refusal.reason, text: refusal.text }
    }

    /// Returns the event as it is stored; its id follows from the command's, so that whoever finds the refusal first stores the
    /// same event.
    pub fn event(&self) -> Result<NewEvent, JsonError> {
        new_event(EventId::derived(names::REFUSED, self.command.id), self)
    }

    /// What a refusal holds, as its handler sees it.
    pub(super) fn read(event: &RecordedEvent) -> Result<Self, DecodeError> {
        let read = json::decode(event.payload.as_json());
        read.map_err(|reason| event.as_stored().error(DecodeReason::Payload(reason)))
    }

    /// The stored name of the refusal, as a handler of `&Refused<C>` has it.
    pub(super) fn handled_name(&self) -> SmolStr {
        smol_str::format_smolstr!("{}{}", self.command.name, super::refusal_name::SUFFIX)
    }
}

/// A command of type `C` that this process sent, and that was refused.
///
/// Taken by reference as the first argument of a process manager's event handler:
///
/// ```
/// use cqrs::{prelude::*, process::{Outbox, Refused}};
///
/// #[derive(Command, Serialize, Deserialize)]
/// pub struct ReserveSeats { #[command(id)] pub conference: u32, pub seats: u32 }
///
/// pub struct Registration { wanted: u32 }
///
/// impl Registration {
///     fn no_seats(&mut self, refusal: &Refused<ReserveSeats>) {
///         println!("{:?}: {}", refusal.reason(), refusal.text());
///         self.wanted -= refusal.command().seats;
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Refused<C> {
    stored: CommandRefused,
    command: C,
}

impl<C> Refused<C> {
    /// Returns what kind of refusal it is.
    pub fn reason(&self) -> RefusalReason {
        self.stored.reason
    }

    /// Returns the error and its causes, as text.
    pub fn text(&self) -> &str {
        &self.stored.text
    }

    /// Returns the command.
    pub fn command(&self) -> &C {
        &self.command
    }

    /// Returns the id of the command.
    pub fn command_id(&self) -> CommandId {
        self.stored.command.id
    }
}

impl<C: Command> Refused<C> {
    const KIND: EventKind = EventKind {
        name: RefusalNames::<C>::NAME,
        version: 1,
        aliases: RefusalNames::<C>::ALIASES,
        type_name: "Refused",
        location: C::LOCATION,
    };
}

/// It is never stored by itself: it is what the handlers of a process see of a [`CommandRefused`].
impl<C: Command> Event for Refused<C> {
    const KINDS: EventKinds = EventKinds::These(&[Self::KIND]);

    fn kind(&self) -> &'static EventKind {
        const { &Self::KIND }
    }

    fn encode(&self) -> Result<Payload, JsonError> {
        Payload::encode(&self.stored)
    }

    fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> {
        kind_of::<Self>(stored)?;
        let unreadable = |reason| stored.error(DecodeReason::Payload(reason));
        let refused: CommandRefused = json::decode(stored.payload).map_err(unreadable)?;
        let command = C::CODEC.decode(refused.command.payload.as_json()).map_err(unreadable)?;
        Ok(Self { stored: refused, command })
    }
}
