//! Why a trigger led to no step.

use std::time::Duration;

use crate::{
    error_chain::because,
    event::{DecodeError, DecodeReason},
    handler::{ArgumentError, FoldError},
    json::JsonError,
    message::{Position, StreamId},
    store::RefusalReason,
};

/// Why a trigger led to no step, and its process cannot go on until somebody has seen to it.
///
/// None of them passes by itself: the same code makes the same of the same trigger. So nothing is tried again; the trigger is a dead
/// letter of its process, and others go on. A state of newer code is the exception: its process waits for a program that knows it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The trigger cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The trigger names a process by what is no id.
    #[error("`{key}`, by which event `{event}` names its process, is not an id of `{process}`: {reason}")]
    Id {
        /// The process manager's name.
        process: &'static str,
        /// The stored name of the event.
        event: String,
        /// What was found.
        key: String,
        /// What the id type says.
        reason: String,
    },
    /// A header of the library's own is damaged.
    #[error("the header `{name}` is damaged: {found}")]
    Header {
        /// The header.
        name: &'static str,
        /// What it holds.
        found: String,
    },
    /// The stored state cannot be read by the type as it is now. It is never replaced by a default.
    #[error("the state of {process} cannot be read{}", because(.reason))]
    StateUnreadable {
        /// The process.
        process: StreamId,
        /// Which field, and why.
        #[source]
        reason: JsonError,
    },
    /// The stored state was written by code that is newer than this.
    #[error(
        "the state of {process} is of version {stored}, and this program knows version {known}: it is older than the one that wrote it"
    )]
    StateNewer {
        /// The process.
        process: StreamId,
        /// The version of the stored state.
        stored: u32,
        /// The version of this program's type.
        known: u32,
    },
    /// The step cannot be stored so that it could be read back.
    #[error("{what} `{name}` cannot be stored{}", because(.reason))]
    Unwritable {
        /// `the state of`, `the command` or `the timer`.
        what: &'static str,
        /// The name of the process manager, the command or the timer.
        name: String,
        /// Which field, and why.
        #[source]
        reason: DecodeReason,
    },
    /// A timer was scheduled that the process manager has no `#[timer]` method for.
    #[error("no `#[timer]` method takes the timer `{0}`")]
    UnknownTimer(String),
    /// An argument of the handler could not be made.
    #[error("an argument of the event handler could not be made{}", because(.0))]
    Argument(#[source] ArgumentError),
    /// The handler does not fit what it meets, or failed: neither can be where the macros wrote the code around it.
    #[error("the event handler failed{}", because(.0))]
    Handler(#[source] FoldError),
    /// The handler panicked.
    #[error("the event handler `{handler}` panicked: {text}")]
    Panicked {
        /// The handler.
        handler: &'static str,
        /// What the panic says.
        text: String,
    },
    /// The step is larger than a step may be.
    #[error("the step has {found} {what}, and at most {most} fit in one")]
    TooLarge {
        /// `commands`, `timers` or `bytes`.
        what: &'static str,
        /// How many it has, or at least so many.
        found: usize,
        /// How many it may have.
        most: usize,
    },
    /// So many steps followed on one first cause that they would go on for ever.
    #[error(
        "{depth} steps of processes have followed on one first cause, without a pause: a process answers its own events"
    )]
    ChainTooLong {
        /// How many steps there were.
        depth: u32,
    },
    /// A trigger has waited for its process for as long as the process manager says, and nothing has started that.
    #[error(
        "`{trigger}`, at position {position}, has waited {within:?} for {process}, which has not started"
    )]
    NeverStarted {
        /// The process.
        process: StreamId,
        /// The stored name of the trigger.
        trigger: String,
        /// Where the trigger stands in the log.
        position: Position,
        /// How long it may wait.
        within: Duration,
    },
    /// A command was refused, and the process manager has no handler for that.
    #[error("the command `{command}` of {process} was refused, and no event handler takes its refusal: {}: {text}", .reason.as_str())]
    RefusalUnhandled {
        /// The process.
        process: StreamId,
        /// The name of the command.
        command: String,
        /// What kind of refusal it is.
        reason: RefusalReason,
        /// The error and its causes.
        text: String,
    },
    /// A command was refused after the process had ended.
    #[error("the command `{command}` was refused after {process} had ended: {}: {text}", .reason.as_str())]
    RefusalAfterEnd {
        /// The process.
        process: StreamId,
        /// The name of the command.
        command: String,
        /// What kind of refusal it is.
        reason: RefusalReason,
        /// The error and its causes.
        text: String,
    },
}

impl StepError {
    /// Returns the kind of failure as a word, for logs, metrics and letters.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Decode(_) => "decode",
            Self::Id { .. } => "id",
            Self::Header { .. } => "header",
            Self::StateUnreadable { .. } => "state-unreadable",
            Self::StateNewer { .. } => "state-newer",
            Self::Unwritable { .. } => "unwritable",
            Self::UnknownTimer(_) => "unknown-timer",
            Self::Argument(_) => "argument",
            Self::Handler(_) => "handler",
            Self::Panicked { .. } => "panicked",
            Self::TooLarge { .. } => "too-large",
            Self::ChainTooLong { .. } => "chain-too-long",
            Self::NeverStarted { .. } => "never-started",
            Self::RefusalUnhandled { .. } => "refusal-unhandled",
            Self::RefusalAfterEnd { .. } => "refusal-after-end",
        }
    }
}
