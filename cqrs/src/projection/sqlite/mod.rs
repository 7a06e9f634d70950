//! Projections whose rows are in the SQLite file of the events.
//!
//! SQLite has one writer, the store's; a batch is a job on it, in a transaction of its own, which ends when its
//! time budget does, so that appends get their turn.

mod apply;
mod retry;
mod schema;

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    event::RecordedEvent,
    handler::TransactionalHandlers,
    store::{
        DeadLetter, Store, StoreError, Subscription,
        sqlite::{Sqlite, SqliteStore, SqliteTransaction, TransactError},
    },
};

use super::{
    ApplyError, Projection, ProjectionBackend,
    batch::{Applied, Batch},
};

impl ProjectionBackend for Sqlite {
    fn begin<P>(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<Subscription, StoreError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        write(store, "begin a projection", schema::begin::<P>).boxed()
    }

    fn rebuild<P>(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<Subscription, StoreError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        write(store, "rebuild a projection", schema::rebuild::<P>).boxed()
    }

    fn apply<P>(batch: Batch) -> BoxFuture<'static, Result<Applied, ApplyError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        async move {
            let store = sqlite(&batch.store)?;
            run(&store, "apply events to a projection", move |tx| apply::apply::<P>(tx, &batch)).await
        }
        .boxed()
    }

    fn retry<P>(
        store: &Arc<dyn Store>,
        services: crate::services::Services,
        letter: DeadLetter,
        event: RecordedEvent,
    ) -> BoxFuture<'_, Result<(), ApplyError>>
    where
        P: Projection + TransactionalHandlers<Backend = Self>,
    {
        async move {
            let store = sqlite(store)?;
            let job = move |tx: &mut SqliteTransaction<'_>| retry::retry::<P>(tx, &services, &letter, &event);
            run(&store, "handle a dead letter", job).await
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
