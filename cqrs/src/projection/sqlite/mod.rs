//! Projections whose rows are in the SQLite file of the events.
//!
//! SQLite has one writer, the store's; a batch is a job on it, in a transaction of its own, which ends when its
//! time budget does, so that appends get their turn.

mod apply;
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
        DeadLetter, Store, StoreError, Subscription,
        sqlite::{Sqlite, SqliteStore, SqliteTransaction, TransactError},
    },
};

use super::{
    ApplyError, Facts, Projection, ProjectionBackend,
    batch::{Applied, Batch},
    in_database::InDatabase,
};

impl ProjectionBackend for Sqlite {
    fn projection<P>() -> Arc<dyn InDatabase>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        Arc::new(InSqlite { facts: Facts::of::<P>(), handle: handle::<P> })
    }
}

/// A projection in SQLite.
#[derive(Clone, Copy)]
struct InSqlite {
    facts: Facts,
    handle: fn(&RecordedEvent, &Services, &mut SqliteTransaction<'_>) -> Result<(), BoxError>,
}

fn handle<P>(
    event: &RecordedEvent,
    services: &Services,
    tx: &mut SqliteTransaction<'_>,
) -> Result<(), BoxError>
where
    P: Projection + TransactionalHandlers<Backend = Sqlite>,
{
    let decoded = event.decode::<P::Event>()?;
    P::handle(&decoded, &EventContext::recorded(event).with_services(services), tx)
}

impl InDatabase for InSqlite {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn begin<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Subscription, StoreError>> {
        let facts = self.facts;
        write(store, "begin a projection", move |tx| schema::begin(&facts, tx)).boxed()
    }

    fn rebuild<'a>(&'a self, store: &'a Arc<dyn Store>) -> BoxFuture<'a, Result<Subscription, StoreError>> {
        let facts = self.facts;
        write(store, "rebuild a projection", move |tx| schema::rebuild(&facts, tx)).boxed()
    }

    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, ApplyError>> {
        let projection = *self;
        async move {
            let store = sqlite(&batch.store)?;
            run(&store, "apply events to a projection", move |tx| apply::apply(&projection, tx, &batch)).await
        }
        .boxed()
    }

    fn retry<'a>(
        &'a self,
        store: &'a Arc<dyn Store>,
        services: Services,
        letter: DeadLetter,
        event: RecordedEvent,
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        let projection = *self;
        async move {
            let job = move |tx: &mut SqliteTransaction<'_>| {
                retry::retry(&projection, tx, &services, &letter, &event)
            };
            run(&sqlite(store)?, "handle a dead letter", job).await
        }
        .boxed()
    }
}

/// The store in use, which is SQLite's: the application runs only projections that are for it.
fn sqlite(store: &Arc<dyn Store>) -> Result<SqliteStore, StoreError> {
    let sqlite = store.as_any().downcast_ref::<SqliteStore>().cloned();
    sqlite.ok_or(StoreError::Unsupported("run a projection for SQLite"))
}

async fn run<T: Send + 'static>(
    store: &SqliteStore,
    operation: &'static str,
    job: impl FnOnce(&mut SqliteTransaction<'_>) -> Result<T, ApplyError> + Send + 'static,
) -> Result<T, ApplyError> {
    store.transact(operation, job).await.map_err(|error| match error {
        TransactError::Store(error) => error.into(),
        TransactError::Job(error) => error,
        TransactError::Panicked(message) => StoreError::engine(operation, message).into(),
    })
}

async fn write<T: Send + 'static>(
    store: &Arc<dyn Store>,
    operation: &'static str,
    job: impl FnOnce(&mut SqliteTransaction<'_>) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    sqlite(store)?.transact(operation, job).await.map_err(|error| match error {
        TransactError::Store(error) | TransactError::Job(error) => error,
        TransactError::Panicked(message) => StoreError::engine(operation, message),
    })
}
