//! Projections whose rows are in the PostgreSQL database of the events.
//!
//! A batch is a transaction on one of the connections kept for projections, so that nobody who appends or reads waits
//! for it. The server undoes what a process leaves behind.

mod apply;
mod build;
mod building;
mod handling;
mod objects;
mod retry;
mod schema;

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    event::RecordedEvent,
    handler::TransactionalHandlers,
    services::Services,
    store::{
        DeadLetter, PartitionStore, Store, StoreError, Subscription,
        postgres::{Postgres, PostgresStore},
    },
};

use super::{
    ApplyError, Projection, ProjectionBackend,
    batch::{Applied, Batch},
};

impl ProjectionBackend for Postgres {
    fn begin<P>(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<Subscription, StoreError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        async move { schema::begin::<P>(postgres(store)?).await }.boxed()
    }

    fn rebuild<P>(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<Subscription, StoreError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        async move { schema::rebuild::<P>(postgres(store)?).await }.boxed()
    }

    const DIVISIBLE: bool = true;

    fn partitions(store: &Arc<dyn Store>) -> Option<&dyn PartitionStore> {
        postgres(store).ok().map(|store| store as _)
    }

    fn apply<P>(batch: Batch) -> BoxFuture<'static, Result<Applied, ApplyError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        async move { apply::apply::<P>(postgres(&batch.store)?, &batch).await }.boxed()
    }

    fn retry<P>(
        store: &Arc<dyn Store>,
        services: Services,
        letter: DeadLetter,
        event: RecordedEvent,
    ) -> BoxFuture<'_, Result<(), ApplyError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        async move { retry::retry::<P>(postgres(store)?, &services, &letter, &event).await }.boxed()
    }
}

/// The store in use, which is PostgreSQL's: the application runs only projections that are for it.
fn postgres(store: &Arc<dyn Store>) -> Result<&PostgresStore, StoreError> {
    store.as_any().downcast_ref().ok_or(StoreError::Unsupported("run a projection for PostgreSQL"))
}
