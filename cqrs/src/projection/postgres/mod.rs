//! Projections whose rows are in the PostgreSQL database of the events.
//!
//! A batch is a transaction on one of the connections kept for projections, so that nobody who appends or reads waits
//! for it. The server undoes what a process leaves behind.

mod apply;
mod build;
mod building;
mod faults;
mod handling;
mod objects;
mod retry;
mod schema;

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    event::RecordedEvent,
    handler::{BoxError, EventContext, TransactionalHandlers},
    services::Services,
    store::{
        DeadLetter, PartitionStore, Store, StoreError, Subscription,
        postgres::{PgTransaction, Postgres, PostgresStore},
    },
};

use super::{
    ApplyError, Facts, Projection, ProjectionBackend,
    batch::{Applied, Batch},
    in_database::InDatabase,
};

impl ProjectionBackend for Postgres {
    const DIVISIBLE: bool = true;

    fn projection<P>() -> Arc<dyn InDatabase>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        Arc::new(InPostgres { facts: Facts::of::<P>(), handle: handle::<P> })
    }
}

/// A projection in PostgreSQL.
struct InPostgres {
    facts: Facts,
    handle: Handle,
}

/// Hands one event to its handler.
type Handle = for<'a> fn(
    &'a RecordedEvent,
    &'a Services,
    &'a mut PgTransaction<'_>,
) -> BoxFuture<'a, Result<(), BoxError>>;

fn handle<'a, P>(
    event: &'a RecordedEvent,
    services: &'a Services,
    tx: &'a mut PgTransaction<'_>,
) -> BoxFuture<'a, Result<(), BoxError>>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    async move {
        let decoded = event.decode::<P::Event>()?;
        P::handle(&decoded, &EventContext::recorded(event).with_services(services), tx).await
    }
    .boxed()
}

impl InDatabase for InPostgres {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn begin<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Subscription, StoreError>> {
        async move { schema::begin(&self.facts, postgres(store)?).await }.boxed()
    }

    fn rebuild<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Subscription, StoreError>> {
        async move { schema::rebuild(&self.facts, postgres(store)?).await }.boxed()
    }

    fn partitions<'a>(&self, store: &'a Arc<dyn Store>) -> Option<&'a dyn PartitionStore> {
        postgres(store).ok().map(|store| store as _)
    }

    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, ApplyError>> {
        async move { apply::apply(self, postgres(&batch.store)?, &batch).await }.boxed()
    }

    fn retry<'a>(
        &'a self,
        store: &'a Arc<dyn Store>,
        services: Services,
        letter: DeadLetter,
        event: RecordedEvent,
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        async move { retry::retry(self, postgres(store)?, &services, &letter, &event).await }.boxed()
    }
}

/// The store in use, which is PostgreSQL's: the application runs only projections that are for it.
fn postgres(store: &Arc<dyn Store>) -> Result<&PostgresStore, StoreError> {
    store.as_any().downcast_ref().ok_or(StoreError::Unsupported("run a projection for PostgreSQL"))
}
