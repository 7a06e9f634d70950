//! What can go wrong between a stream and a state.

use crate::{
    error_chain::because,
    event::{DecodeError, DecodeReason, JsonError},
    handler::{BoxError, FoldError},
    message::{Position, ReservedHeader, StreamId, Version},
    store::StoreError,
};

use super::Missing;

/// Why an aggregate could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Its stream has no events.
    #[error("{0}")]
    NotFound(#[source] Missing),
    /// An event of its stream cannot be read.
    #[error("{0}")]
    Decode(#[from] DecodeError),
    /// An event of its stream does not fit the state it meets.
    #[error(
        "event `{name}` at position {position}, version {version} of stream {stream}, cannot be applied{}",
        because(.reason)
    )]
    Fold {
        /// The stream.
        stream: StreamId,
        /// The event's place in the stream.
        version: Version,
        /// The event's place in the store.
        position: Position,
        /// The event's stored name.
        name: String,
        /// Why it does not fit.
        #[source]
        reason: FoldError,
    },
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A read of a command handler failed, and the handler answered with an error of its own.
    #[error("the command handler could not read: {}", first_line(.failure.as_ref(), .rejection))]
    InHandler {
        /// What the store said; `None` if it answered, with events that cannot be read.
        failure: Option<StoreError>,
        /// The handler's own error.
        #[source]
        rejection: BoxError,
    },
}

impl LoadError {
    /// Returns the store's failure, if it was one.
    pub fn store_error(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::InHandler { failure, .. } => failure.as_ref(),
            _ => None,
        }
    }
}

/// What the store said is worth more than what the handler made of it.
fn first_line(failure: Option<&StoreError>, rejection: &BoxError) -> String {
    failure.map_or_else(|| rejection.to_string(), ToString::to_string)
}

/// Why decided events cannot be stored: nothing of the decision is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// An event does not fit the state it would meet.
    #[error(
        "event `{name}` was decided, but cannot be applied as version {version} of stream {stream}{}",
        because(.reason)
    )]
    Fold {
        /// The stream.
        stream: StreamId,
        /// The version the event would have had.
        version: Version,
        /// The event's stored name.
        name: &'static str,
        /// Why it does not fit.
        #[source]
        reason: FoldError,
    },
    /// An event has a part that cannot be written as JSON.
    #[error("event `{name}` was decided for stream {stream}, but cannot be written as JSON: {reason}")]
    Encode {
        /// The stream.
        stream: StreamId,
        /// The event's stored name.
        name: &'static str,
        /// Which part, and why.
        #[source]
        reason: JsonError,
    },
    /// An event, written as JSON, could not be read again by its own type, or would be read as another event.
    #[error("event `{name}` was decided for stream {stream}, but could not be read back{}", because(.reason))]
    Unreadable {
        /// The stream.
        stream: StreamId,
        /// The event's stored name.
        name: &'static str,
        /// Which part, and why.
        #[source]
        reason: DecodeReason,
    },
    /// An event handler panicked half-way, and the panic was caught: the state is not that of any stream.
    #[error("the root of stream {0} was left half changed by a panicking event handler")]
    Broken(StreamId),
    /// A command handler function recorded events on a root and did not return it.
    #[error(
        "`{}` was recorded on {stream}, but its root was not returned: what a command handler function changes, it returns",
        .events.join("`, `")
    )]
    NotReturned {
        /// The stream.
        stream: StreamId,
        /// The stored names of the events.
        events: Vec<&'static str>,
    },
    /// An event was to be recorded on a root whose command handler function has ended.
    #[error("an event was recorded on {0} too late: the command handler function that loaded it has ended")]
    TooLate(StreamId),
}

impl DecisionError {
    /// Whether the state may have been given away before the error: a handler that moves a state on takes it by
    /// value.
    pub(super) fn leaves_state_unsure(&self) -> bool {
        matches!(self, Self::Fold { reason: FoldError::Argument(_), .. } | Self::Broken(_))
    }
}

/// Why roots could not be saved. Their pending events are still pending.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The store refused or failed; a [`StoreError::Conflict`] means that another writer was faster.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A root cannot be saved as it is.
    #[error("{0}")]
    Decision(#[from] DecisionError),
    /// A command handler function saves by returning: a save of its own would be stored even if the command is refused,
    /// and again when the command is decided again.
    #[error("{0} was loaded by a command handler function, which saves by returning the root")]
    InHandler(StreamId),
    /// The root's metadata has a header under the prefix that the library keeps for itself.
    #[error(transparent)]
    ReservedHeader(#[from] ReservedHeader),
}
