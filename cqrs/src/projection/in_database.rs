//! A projection in a database: its rows and its checkpoint move in one transaction.
//!
//! Invariant: an event's rows are committed exactly when the checkpoint moves over it, and the checkpoint moves
//! only by compare-and-set. So of several processes that run the same projection one wins each batch; the others
//! find the checkpoint moved before they write a row, and go on from there.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    event::RecordedEvent,
    handler::{Backend, BoxError, TransactionalHandlers},
    message::Position,
    services::Services,
    store::{DeadLetter, PartitionStore, Store, StoreError, Subscription},
};

use super::{
    Projection,
    batch::{Applied, Batch},
};

/// A store in whose transactions projections write. Only the stores of this crate are; the methods do the
/// transactional half of the work, in terms of the store's own transactions.
pub trait ProjectionBackend: Backend + Sized {
    /// The checkpoint, with its tables. It has another name than the projection's while a version is built beside the
    /// one that is read.
    #[doc(hidden)]
    fn begin<P>(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<Subscription, StoreError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>;

    #[doc(hidden)]
    fn rebuild<P>(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<Subscription, StoreError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>;

    /// The store as one that shares projections among processes; `None` for one that does not.
    #[doc(hidden)]
    fn partitions(store: &Arc<dyn Store>) -> Option<&dyn PartitionStore> {
        let _ = store;
        None
    }

    /// Whether its projections can be divided into partitions.
    #[doc(hidden)]
    const DIVISIBLE: bool = false;

    /// Applies as many events of a batch as the budget allows, and moves the checkpoint in the same transaction: from
    /// `from` to the last event applied, or to `to` if all were.
    #[doc(hidden)]
    fn apply<P>(batch: Batch) -> BoxFuture<'static, Result<Applied, ApplyError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>;

    /// Handles the event of a dead letter again.
    #[doc(hidden)]
    fn retry<P>(
        store: &Arc<dyn Store>,
        services: Services,
        letter: DeadLetter,
        event: RecordedEvent,
    ) -> BoxFuture<'_, Result<(), ApplyError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>;
}

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
    #[error("event `{name}` at position {position}, version {version} of stream {stream}, failed")]
    Event {
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
    pub(super) fn of(event: &RecordedEvent, reason: BoxError) -> Self {
        Self::Event {
            position: event.position,
            stream: event.envelope.stream.clone(),
            version: event.envelope.version,
            name: event.envelope.name.to_string(),
            reason,
        }
    }
}
