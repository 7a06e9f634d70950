//! Why a command had no effect.

use std::time::Duration;

use crate::{
    handler::ArgumentError,
    message::{CommandId, StreamId, Version},
    repository::{DecisionError, LoadError},
    store::{Expected, StoreError},
};

/// Why a command had no effect. But for [`OutcomeUnknown`](Self::OutcomeUnknown), nothing was stored.
///
/// `E` is the domain's own error: that of the command handler, or
/// [`AnyRejection`](super::AnyRejection) for a command dispatched by name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError<E> {
    /// The domain refuses the command.
    #[error("the command was rejected")]
    Rejected(#[source] E),
    /// The handler needs an aggregate that does not exist yet, and it does.
    #[error("{0} exists already")]
    AlreadyExists(StreamId),
    /// The handler needs an aggregate that exists, and it does not.
    #[error("{0} does not exist")]
    NotFound(StreamId),
    /// An event has ended the aggregate.
    #[error("{0} has ended")]
    Ended(StreamId),
    /// The aggregate moved: away from the version the caller expects, or again and again while deciding.
    #[error("conflict on {stream}: expected {expected}, but it is at version {actual} (attempt {attempts})")]
    Conflict {
        /// The stream.
        stream: StreamId,
        /// Where it should have been.
        expected: Expected,
        /// Where it was.
        actual: Version,
        /// How often the command was decided.
        attempts: u32,
    },
    /// The handler decided events that do not fit the state.
    #[error("the command handler's decision is invalid")]
    InvalidDecision(#[source] DecisionError),
    /// The command id belongs to another command.
    #[error("command id {id} was used before, for another command: `{name}`")]
    CommandIdReused {
        /// The id.
        id: CommandId,
        /// The name of the command that had it first.
        name: String,
    },
    /// The command asks for the aggregate whose handler is dispatching it: it would wait for itself.
    #[error("the handler of {0} dispatched a command to the aggregate it holds")]
    Reentrant(StreamId),
    /// The handler took too long; its aggregate is free again.
    #[error("the command handler took longer than {0:?}")]
    TimedOut(Duration),
    /// The handler panicked; its aggregate is free again.
    #[error("the command handler panicked: {0}")]
    Panicked(String),
    /// An argument of the handler could not be made.
    #[error("an argument of the command handler could not be made")]
    Argument(#[source] ArgumentError),
    /// The aggregate could not be loaded.
    #[error("the aggregate could not be loaded")]
    Load(#[source] LoadError),
    /// The store refused or failed.
    #[error("the events could not be stored")]
    Store(#[source] StoreError),
    /// The connection to the store broke at the worst moment, and even looking the command up did not settle
    /// whether its events are there. Dispatch it again with the same id to find out.
    #[error("it is not known whether the events were stored")]
    OutcomeUnknown(#[source] StoreError),
    /// An expected version was given for a command that a function handles, which has no single aggregate.
    #[error("an expected version needs a command that one aggregate handles")]
    NoSingleAggregate,
    /// No command has this name.
    #[error("no command is named `{0}`")]
    UnknownCommand(String),
    /// The command's JSON does not fit its type, or the command cannot be written as JSON.
    #[error("command `{name}` is malformed")]
    Malformed {
        /// The name of the command.
        name: String,
        /// What is wrong with it.
        #[source]
        reason: serde_json::Error,
    },
    /// The application is shutting down.
    #[error("the application is shutting down")]
    ShuttingDown,
}

impl<E> DispatchError<E> {
    /// The kind of failure as a word, for logs, metrics and wires.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "rejected",
            Self::AlreadyExists(_) => "already-exists",
            Self::NotFound(_) => "not-found",
            Self::Ended(_) => "ended",
            Self::Conflict { .. } => "conflict",
            Self::InvalidDecision(_) => "invalid-decision",
            Self::CommandIdReused { .. } => "command-id-reused",
            Self::Reentrant(_) => "reentrant",
            Self::TimedOut(_) => "timed-out",
            Self::Panicked(_) => "panicked",
            Self::Argument(_) => "argument",
            Self::Load(_) => "load",
            Self::Store(_) => "store",
            Self::OutcomeUnknown(_) => "outcome-unknown",
            Self::NoSingleAggregate => "no-single-aggregate",
            Self::UnknownCommand(_) => "unknown-command",
            Self::Malformed { .. } => "malformed",
            Self::ShuttingDown => "shutting-down",
        }
    }

    /// Whether dispatching the same command again, with the same id, may succeed without anybody mending anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::TimedOut(_) | Self::OutcomeUnknown(_) | Self::ShuttingDown => true,
            Self::Store(error) | Self::Load(LoadError::Store(error)) => error.is_transient(),
            _ => false,
        }
    }

    /// Whether it says nothing of the command: the store is away, or the application is. Whoever can wait had better do so,
    /// and dispatch the command again with the same id.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::ShuttingDown => true,
            Self::Store(error) | Self::Load(LoadError::Store(error)) => error.is_outage(),
            _ => false,
        }
    }

    /// The same failure, with the domain's error turned into another.
    pub fn map_rejection<F>(self, map: impl FnOnce(E) -> F) -> DispatchError<F> {
        match self {
            Self::Rejected(error) => DispatchError::Rejected(map(error)),
            Self::AlreadyExists(stream) => DispatchError::AlreadyExists(stream),
            Self::NotFound(stream) => DispatchError::NotFound(stream),
            Self::Ended(stream) => DispatchError::Ended(stream),
            Self::Conflict { stream, expected, actual, attempts } => {
                DispatchError::Conflict { stream, expected, actual, attempts }
            }
            Self::InvalidDecision(error) => DispatchError::InvalidDecision(error),
            Self::CommandIdReused { id, name } => DispatchError::CommandIdReused { id, name },
            Self::Reentrant(stream) => DispatchError::Reentrant(stream),
            Self::TimedOut(limit) => DispatchError::TimedOut(limit),
            Self::Panicked(message) => DispatchError::Panicked(message),
            Self::Argument(error) => DispatchError::Argument(error),
            Self::Load(error) => DispatchError::Load(error),
            Self::Store(error) => DispatchError::Store(error),
            Self::OutcomeUnknown(error) => DispatchError::OutcomeUnknown(error),
            Self::NoSingleAggregate => DispatchError::NoSingleAggregate,
            Self::UnknownCommand(name) => DispatchError::UnknownCommand(name),
            Self::Malformed { name, reason } => DispatchError::Malformed { name, reason },
            Self::ShuttingDown => DispatchError::ShuttingDown,
        }
    }
}
