//! A projection in a database: its rows and its checkpoint move in one transaction.
//!
//! Invariant: an event's rows are committed exactly when the checkpoint moves over it, and the checkpoint moves
//! only by compare-and-set. So of several processes that run the same projection one wins each batch; the others
//! find the checkpoint moved before they write a row, and go on from there.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    event::RecordedEvent,
    handler::{Backend, TransactionalHandlers},
    services::Services,
    store::{DeadLetter, PartitionStore, Store, StoreError, Subscription},
};

use super::{
    ApplyError, Facts, Projection,
    batch::{Applied, Batch},
};

/// A store in whose transactions projections write. Only the stores of this crate are; the methods do the
/// transactional half of the work, in terms of the store's own transactions.
pub trait ProjectionBackend: Backend + Sized {
    /// Whether its projections can be divided into partitions.
    #[doc(hidden)]
    const DIVISIBLE: bool = false;

    #[doc(hidden)]
    fn projection<P>() -> Arc<dyn InDatabase>
    where
        P: Projection + TransactionalHandlers<Backend = Self>;
}

/// A projection in a database, whatever its type.
pub trait InDatabase: Send + Sync {
    fn facts(&self) -> &Facts;

    /// Returns the checkpoint, with its tables. It has another name than the projection's while a version is built beside the
    /// one that is read.
    fn begin<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Subscription, StoreError>>;

    fn rebuild<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Subscription, StoreError>>;

    /// Returns the store as one that shares projections among processes; `None` for one that does not.
    fn partitions<'a>(&self, store: &'a Arc<dyn Store>) -> Option<&'a dyn PartitionStore> {
        let _ = store;
        None
    }

    /// Applies as many events of a batch as the budget allows, and moves the checkpoint in the same transaction: from
    /// `from` to the last event applied, or to `to` if all were.
    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, ApplyError>>;

    /// Handles the event of a dead letter again.
    fn retry<'a>(
        &'a self,
        store: &'a Arc<dyn Store>,
        services: Services,
        letter: DeadLetter,
        event: RecordedEvent,
    ) -> BoxFuture<'a, Result<(), ApplyError>>;
}
