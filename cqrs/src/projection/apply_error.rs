//! Why a batch of a projection was not applied.

use crate::{
    error_chain::because, event::RecordedEvent, handler::BoxError, message::Position, store::StoreError,
};

use super::Facts;

/// Why a batch was not applied. Nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Another process moved the checkpoint first, to here.
    #[error("the checkpoint has moved to {0}")]
    Moved(Position),
    /// There is no checkpoint of this name any more: what was built took its place, or another process builds anew.
    #[error("the checkpoint is gone")]
    Gone,
    /// An event failed, and the projection stops.
    #[error(
        "projection `{projection}`: event `{name}` at position {position}, version {version} of stream {stream}, failed{}",
        because(&**.reason)
    )]
    Event {
        /// The projection.
        projection: &'static str,
        /// The event's place in the store.
        position: Position,
        /// Its stream.
        stream: crate::StreamId,
        /// Its place in the stream.
        version: crate::Version,
        /// Its stored name.
        name: String,
        /// Why.
        #[source]
        reason: BoxError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ApplyError {
    pub(super) fn of(facts: &Facts, event: &RecordedEvent, reason: BoxError) -> Self {
        Self::Event {
            projection: facts.name,
            position: event.position,
            stream: event.envelope.stream.clone(),
            version: event.envelope.version,
            name: event.envelope.name.to_string(),
            reason,
        }
    }
}
