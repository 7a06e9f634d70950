//! One batch of events, in one transaction with the checkpoint.

use crate::{
    handler::TransactionalHandlers,
    projection::{
        Projection,
        batch::{Applied, Batch},
        in_database::ApplyError,
    },
    store::{
        SubscriptionStore,
        postgres::{Checkpoint, Postgres, PostgresStore, ProjectionTransaction, is_concealed},
    },
};

use super::{
    build::Build,
    building::apply_to_build,
    handling::{Manner, handle_all, parked},
};

/// Moves the checkpoint, after applying the events it moves over.
pub(super) async fn apply<P>(store: &PostgresStore, batch: &Batch) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    match attempt::<P>(store, batch, Manner::Together).await {
        Err(ApplyError::Store(error)) if is_concealed(&error) => {
            attempt::<P>(store, batch, Manner::Apart).await
        }
        outcome => outcome,
    }
}

async fn attempt<P>(store: &PostgresStore, batch: &Batch, manner: Manner) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    match Build::found::<P>(store, &batch.name) {
        None => apply_served::<P>(store, batch, manner).await,
        Some(build) => apply_to_build::<P>(store, batch, manner, &build).await,
    }
}

/// To the tables that are read.
async fn apply_served<P>(store: &PostgresStore, batch: &Batch, manner: Manner) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    let checkpoint = checkpoint::<P>(batch);
    let Some(mut tx) = store.begin_batch(&checkpoint).await? else {
        return Err(elsewhere::<P>(store, batch).await);
    };
    if let Err(error) = handle_wanted::<P>(&mut tx, batch, manner).await {
        // A connection that is gone is the cause, whatever the event handler made of it.
        tx.roll_back().await?;
        return Err(error);
    }
    if tx.commit_batch(&checkpoint, batch.to).await? {
        Ok(Applied::up_to(batch.to))
    } else {
        Err(ApplyError::Moved(batch.from))
    }
}

fn checkpoint<P: Projection>(batch: &Batch) -> Checkpoint<'_> {
    Checkpoint {
        name: &batch.name,
        partition_of: batch.partition.then_some(P::NAME),
        version: P::VERSION,
        epoch: batch.epoch,
        position: batch.from,
    }
}

/// What has become of a checkpoint that is not where the batch begins.
async fn elsewhere<P: Projection>(store: &PostgresStore, batch: &Batch) -> ApplyError {
    let claimed = match store.subscription(&batch.name).await {
        Ok(found) => batch.claim::<P>(found),
        Err(error) => Err(error.into()),
    };
    // It may be there by now.
    claimed.err().unwrap_or(ApplyError::Moved(batch.from))
}

async fn handle_wanted<P>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    manner: Manner,
) -> Result<(), ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    let mut parked = parked::<P>(tx, batch).await?;
    handle_all::<P>(tx, batch, batch.wanted(), &mut parked, manner).await
}
