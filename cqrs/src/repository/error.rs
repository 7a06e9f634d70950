//! What can go wrong between a stream and a state.

use crate::{
    event::DecodeError,
    handler::FoldError,
    message::{Position, StreamId, Version},
    store::StoreError,
};

/// Why an aggregate could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Its stream has no events.
    #[error("stream {0} has no events")]
    NotFound(StreamId),
    /// An event of its stream cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// An event of its stream does not fit the state it meets.
    #[error("event `{name}` at position {position}, version {version} of stream {stream}, cannot be applied")]
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
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why decided events cannot be stored: nothing of the decision is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// An event does not fit the state it would meet.
    #[error("event `{name}` was decided, but cannot be applied as version {version} of stream {stream}")]
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
    /// An event cannot be written as JSON.
    #[error("event `{name}` was decided for stream {stream}, but cannot be written as JSON")]
    Encode {
        /// The stream.
        stream: StreamId,
        /// The event's stored name.
        name: &'static str,
        /// What the encoder says.
        #[source]
        reason: serde_json::Error,
    },
    /// An event handler panicked half-way, and somebody caught it: the state is not that of any stream.
    #[error("the root of stream {0} was left half changed by a panicking event handler")]
    Broken(StreamId),
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
    /// The store refused or failed; a [`StoreError::Conflict`] means somebody was faster.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A root cannot be saved as it is.
    #[error(transparent)]
    Decision(#[from] DecisionError),
}
