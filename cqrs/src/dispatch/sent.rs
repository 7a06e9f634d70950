//! A command as it is sent.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    clock::later,
    message::{CommandId, Metadata},
    store::Expected,
};

use super::{DispatchError, Inherited};

/// A command with everything its sender says about it.
#[derive(Debug)]
pub struct Request<T> {
    pub(super) command: T,
    pub(super) id: CommandId,
    pub(super) origin: Origin,
    pub(super) sender: Sender,
    pub(super) metadata: Metadata,
    pub(super) expected: Option<Expected>,
    pub(super) time_limit: Option<Duration>,
    pub(super) expiry: Expiry,
    /// The library's own headers that it has by right.
    pub(super) inherited: Option<Box<Inherited>>,
}

/// Where the id of a command comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It is new: there can be no earlier dispatch to look for.
    Generated,
    /// It follows from the event that an event handler was called with: whatever the command holds now, under the id it is the
    /// same command.
    Derived,
    /// The caller gave it: another command under it is an error.
    Given,
}

impl Origin {
    /// Whether the command may have been dispatched before.
    pub(super) fn may_come_again(self) -> bool {
        self != Self::Generated
    }
}

/// Who dispatches a command, and so what becomes of its failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sender {
    /// Whoever gets the answer: every error is one.
    Caller,
    /// Somebody who dispatches it again by himself should it fail in a way that may pass: that is no failure yet.
    TriesAgain,
    /// The poller of the due table, which keeps failures itself.
    Schedule,
    /// A process, whose stream keeps its refusals; whatever else fails is tried again.
    Process,
}

/// By when a command is to be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    Never,
    /// Within a time from when it is to be begun: when it is due, or else this time.
    Within(Duration, Timestamp),
    At(Timestamp),
}

impl Expiry {
    /// By when a command is to be begun that is due at a time.
    pub(super) fn counted_from(self, due: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::Within(limit, _) => Some(later(due, limit)),
            Self::At(time) => Some(time),
        }
    }

    /// By when a command is to be begun that is begun at once.
    pub(super) fn time(self) -> Option<Timestamp> {
        match self {
            Self::Within(_, sent) => self.counted_from(sent),
            _ => self.counted_from(Timestamp::MAX),
        }
    }
}

/// A request whose command waits for its handler to take it. It is lent, and not handed on by value: each future that takes a
/// request so has a place for it of its own, and all of them together are copied when a command is dispatched.
pub(super) type Pending<T> = Request<Option<T>>;

impl<T> Request<T> {
    /// A request with nothing said about it.
    pub(super) fn new(command: T, id: CommandId, metadata: Metadata) -> Self {
        Self {
            command,
            id,
            origin: Origin::Generated,
            sender: Sender::Caller,
            metadata,
            expected: None,
            time_limit: None,
            expiry: Expiry::Never,
            inherited: None,
        }
    }
}

impl<T> Pending<T> {
    /// A command that answers an event, of somebody who is called again with the event if he fails.
    pub(super) fn caused(command: T, id: CommandId, metadata: Metadata) -> Self {
        let new = Self::new(Some(command), id, metadata);
        Self { origin: Origin::Derived, sender: Sender::TriesAgain, ..new }
    }

    /// The command, as long as nobody has taken it.
    pub(super) fn command<E>(&self) -> Result<&T, DispatchError<E>> {
        let taken = || DispatchError::Panicked("the command was taken before it was handled".to_owned());
        self.command.as_ref().ok_or_else(taken)
    }

    /// The same request for another form of its command.
    pub(super) fn with_command<U>(self, command: U) -> Pending<U> {
        let Self { command: _, id, origin, sender, metadata, expected, time_limit, expiry, inherited } = self;
        Request {
            command: Some(command),
            id,
            origin,
            sender,
            metadata,
            expected,
            time_limit,
            expiry,
            inherited,
        }
    }
}
