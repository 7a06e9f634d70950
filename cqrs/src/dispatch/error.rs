//! Why a command had no effect.

use jiff::Timestamp;

use crate::{
    error_chain::because,
    event::JsonError,
    handler::{ArgumentError, BoxError},
    message::{CommandId, ReservedHeader, StreamId, Version},
    repository::{DecisionError, LoadError, Missing},
    store::{Expected, Refusal, StoreError},
};

use super::Overrun;

/// Why a command had no effect. Of every variant but [`OutcomeUnknown`](Self::OutcomeUnknown), nothing was stored.
///
/// `E` is the domain's own error: that of the command handler, or
/// [`AnyRejection`](super::AnyRejection) for a command dispatched by name.
///
/// # What is a rejection
///
/// An error of the handler is a rejection, unless a store's failure is behind it: then that is the answer, whatever the
/// handler's error makes of it, and that error is its source.
///
/// - Somewhere in the error's `source()` chain is an error of the library ([`LoadError`],
///   [`SaveError`](crate::repository::SaveError), [`StoreError`]): it is [`NotFound`](Self::NotFound),
///   [`Conflict`](Self::Conflict) or [`Load`](Self::Load), as that error is.
/// - A read of a command handler function failed, in whatever form the function hands that on: if the store failed, even if
///   the function's error says nothing of it; if the aggregate was not there, as long as the error still carries
///   the `LoadError`. A function that answers with an error of its own in its place rejects.
///
/// # What to do about it
///
/// | error | dispatch it again, with the same id? | over HTTP |
/// |---|---|---|
/// | `Rejected` | when the state has changed: it is decided again | 422 |
/// | `NotFound`, `AlreadyExists`, `Ended` | no: the command needs the aggregate in another state | 404, 409, 410 |
/// | `Conflict` | yes; under an expected version, look at the aggregate first | 409 |
/// | [`is_outage`](Self::is_outage): `Store`, `Load`, `ShuttingDown` | yes, later | 503 |
/// | `OutcomeUnknown` | yes, with the id in the error: its events are stored at most once, however often it is dispatched | 503 |
/// | `TimedOut` | yes | 503 |
/// | `CommandIdReused` | no: another command has this id | 409 |
/// | `Refused` | no: under this id it is refused for good | 422 |
/// | `Expired` | no: it is too late | 410 |
/// | `Malformed`, `UnknownCommand`, `ReservedHeader` | no: the request is wrong | 400 |
/// | all others | no: the program is wrong, or its stored events are | 500 |
///
/// [`is_transient`](Self::is_transient) answers the middle column in code.
///
/// # Example
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let debit = DebitAccount { account: AccountId("1".into()), amount: 100 };
/// let dispatch = app.dispatch(debit.clone());
/// let id = dispatch.id();
/// match dispatch.await {
///     Ok(receipt) => println!("at version {}", receipt.version()),
///     Err(DispatchError::Rejected(NotCovered { balance, .. })) => println!("only {balance} are there"),
///     // Under the same id it is stored once, whatever became of the first try.
///     Err(error) if error.is_transient() => drop(app.dispatch(debit).command_id(id).await?),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError<E> {
    /// The domain refuses the command.
    #[error("the command was rejected: {0}")]
    Rejected(#[source] E),
    /// The handler needs an aggregate that does not exist yet, and it does.
    #[error("{0} exists already")]
    AlreadyExists(StreamId),
    /// The handler needs an aggregate that exists, and it does not.
    #[error("{0}")]
    NotFound(#[source] Missing),
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
        /// The error of a command handler that met the conflict itself.
        #[source]
        rejection: Option<BoxError>,
    },
    /// The handler decided events that do not fit the state.
    #[error("the command handler's decision is invalid{}", because(.0))]
    InvalidDecision(#[source] DecisionError),
    /// The command id belongs to another command.
    #[error(
        "command id {id} was used before, for another command: `{name}`; if it is the same one, give its former name as `alias`, or raise its `version` where the form of a type inside it has changed"
    )]
    CommandIdReused {
        /// The id.
        id: CommandId,
        /// The name of the command that had it first.
        name: String,
    },
    /// The command was refused for good, when it was due: with this id it is not decided again.
    #[error("the command was refused: {0}")]
    Refused(Refusal),
    /// The command was not begun by the time it was to be begun by.
    #[error("the command was to be begun by {0}")]
    Expired(Timestamp),
    /// The command asks for the aggregate whose handler is dispatching it: it would wait for itself.
    #[error("the handler of {0} dispatched a command to the aggregate it holds")]
    Reentrant(StreamId),
    /// The handler took too long; its aggregate is free again.
    #[error("the command handler took longer than {0}")]
    TimedOut(Overrun),
    /// The handler panicked; its aggregate is free again.
    #[error("the command handler panicked: {0}")]
    Panicked(String),
    /// An argument of the handler could not be made.
    #[error("an argument of the command handler could not be made{}", because(.0))]
    Argument(#[source] ArgumentError),
    /// The aggregate could not be loaded.
    #[error("the aggregate could not be loaded{}", because(.0))]
    Load(#[source] LoadError),
    /// The store refused or failed.
    #[error("the store did not do what the command needs{}", because(.0))]
    Store(#[source] StoreError),
    /// The connection to the store broke at the worst moment, and even looking the command up did not settle
    /// whether its events are there. Dispatch it again with the same id to find out.
    #[error("it is not known whether the events of command {id} were stored{}", because(.source))]
    OutcomeUnknown {
        /// The id to dispatch the command with again: the caller's, or the one it was given without.
        id: CommandId,
        /// How the store failed.
        #[source]
        source: StoreError,
    },
    /// An expected version was given for a command that a function handles, which has no single aggregate.
    #[error("an expected version needs a command that one aggregate handles")]
    NoSingleAggregate,
    /// The registry that the application was started with has no such command, so that nothing is known of its events.
    #[error(
        "command `{command}` is not in the application's registry: enter it with `registry.command::<{type_name}>()`, and its aggregate, or start with `Registry::collect()`, without leaving it out"
    )]
    NotRegistered {
        /// The name of the command.
        command: &'static str,
        /// Its Rust type.
        type_name: &'static str,
    },
    /// No command has this name.
    #[error("no command is named `{0}`")]
    UnknownCommand(String),
    /// The command's JSON does not fit its type, or the command cannot be written as JSON.
    #[error("command `{name}` is malformed{}", because(.reason))]
    Malformed {
        /// The name of the command.
        name: String,
        /// What is wrong with it.
        #[source]
        reason: JsonError,
    },
    /// The command's metadata has a header under the prefix that the library keeps for itself.
    #[error("{0}")]
    ReservedHeader(#[source] ReservedHeader),
    /// The application is shutting down.
    #[error("the application is shutting down")]
    ShuttingDown,
}

impl<E> DispatchError<E> {
    /// Returns the kind of failure as a word, for logs, metrics and wires.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "rejected",
            Self::AlreadyExists(_) => "already-exists",
            Self::NotFound(_) => "not-found",
            Self::Ended(_) => "ended",
            Self::Conflict { .. } => "conflict",
            Self::InvalidDecision(_) => "invalid-decision",
            Self::CommandIdReused { .. } => "command-id-reused",
            Self::Refused(_) => "refused",
            Self::Expired(_) => "expired",
            Self::Reentrant(_) => "reentrant",
            Self::TimedOut(_) => "timed-out",
            Self::Panicked(_) => "panicked",
            Self::Argument(_) => "argument",
            Self::Load(_) => "load",
            Self::Store(_) => "store",
            Self::OutcomeUnknown { .. } => "outcome-unknown",
            Self::NoSingleAggregate => "no-single-aggregate",
            Self::NotRegistered { .. } => "not-registered",
            Self::UnknownCommand(_) => "unknown-command",
            Self::Malformed { .. } => "malformed",
            Self::ReservedHeader(_) => "reserved-header",
            Self::ShuttingDown => "shutting-down",
        }
    }

    /// Returns whether dispatching the same command again, with the same id, may succeed without anybody mending anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::TimedOut(_) | Self::OutcomeUnknown { .. } | Self::ShuttingDown => {
                true
            }
            Self::Store(error) => error.is_transient(),
            Self::Load(error) => error.store_error().is_some_and(StoreError::is_transient),
            _ => false,
        }
    }

    /// Returns whether the cause is an unavailable store or application rather than the command. Wait, then dispatch the command
    /// again with the same id.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::ShuttingDown => true,
            Self::Store(error) => error.is_outage(),
            Self::Load(error) => error.store_error().is_some_and(StoreError::is_outage),
            _ => false,
        }
    }

    /// Returns the same failure, with the domain's error turned into another.
    pub fn map_rejection<F>(self, map: impl FnOnce(E) -> F) -> DispatchError<F> {
        match self {
            Self::Rejected(error) => DispatchError::Rejected(map(error)),
            Self::AlreadyExists(stream) => DispatchError::AlreadyExists(stream),
            Self::NotFound(stream) => DispatchError::NotFound(stream),
            Self::Ended(stream) => DispatchError::Ended(stream),
            Self::Conflict { stream, expected, actual, attempts, rejection } => {
                DispatchError::Conflict { stream, expected, actual, attempts, rejection }
            }
            Self::InvalidDecision(error) => DispatchError::InvalidDecision(error),
            Self::CommandIdReused { id, name } => DispatchError::CommandIdReused { id, name },
            Self::Refused(refusal) => DispatchError::Refused(refusal),
            Self::Expired(time) => DispatchError::Expired(time),
            Self::Reentrant(stream) => DispatchError::Reentrant(stream),
            Self::TimedOut(overrun) => DispatchError::TimedOut(overrun),
            Self::Panicked(message) => DispatchError::Panicked(message),
            Self::Argument(error) => DispatchError::Argument(error),
            Self::Load(error) => DispatchError::Load(error),
            Self::Store(error) => DispatchError::Store(error),
            Self::OutcomeUnknown { id, source } => DispatchError::OutcomeUnknown { id, source },
            Self::NoSingleAggregate => DispatchError::NoSingleAggregate,
            Self::NotRegistered { command, type_name } => DispatchError::NotRegistered { command, type_name },
            Self::UnknownCommand(name) => DispatchError::UnknownCommand(name),
            Self::Malformed { name, reason } => DispatchError::Malformed { name, reason },
            Self::ReservedHeader(error) => DispatchError::ReservedHeader(error),
            Self::ShuttingDown => DispatchError::ShuttingDown,
        }
    }
}
