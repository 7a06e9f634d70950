//! One batch of events, in one transaction with the checkpoint.

use crate::{
    handler::TransactionalHandlers,
    projection::{
        Projection,
        batch::{Applied, Batch},
        in_database::ApplyError,
    },
    store::postgres::{Postgres, PostgresStore, ProjectionTransaction, is_concealed},
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
    let mut tx = store.begin_projecting().await?;
    let applied = match Build::found::<P>(store, &batch.name) {
        None if batch.partition => apply_to_partition::<P>(&mut tx, batch, manner).await,
        None => apply_served::<P>(&mut tx, batch, manner).await,
        Some(build) => apply_to_build::<P>(&mut tx, batch, manner, &build).await,
    };
    match applied {
        Ok(applied) => {
            tx.commit().await?;
            Ok(applied)
        }
        Err(error) => {
            // A connection that is gone is the cause, whatever the event handler made of it.
            tx.roll_back().await?;
            Err(error)
        }
    }
}

/// To the tables that are read.
async fn apply_served<P>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    manner: Manner,
) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    batch.claim::<P>(tx.lock(P::NAME).await?)?;
    let mut parked = parked::<P>(tx, batch).await?;
    handle_all::<P>(tx, batch, batch.wanted(), &mut parked, manner).await?;
    tx.advance(P::NAME, batch.to).await?;
    Ok(Applied::up_to(batch.to))
}

/// To the tables that are read, as the owner of a partition. Its checkpoint is not locked while event handlers run: else
/// nobody could take the partition over from an owner that sleeps meanwhile. It is compared in the end.
async fn apply_to_partition<P>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    manner: Manner,
) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    batch.claim::<P>(tx.enter(P::NAME, &batch.name).await?)?;
    let mut parked = parked::<P>(tx, batch).await?;
    handle_all::<P>(tx, batch, batch.wanted(), &mut parked, manner).await?;
    if tx.advance_owned(&batch.name, batch.epoch, (batch.from, batch.to)).await? {
        Ok(Applied::up_to(batch.to))
    } else {
        Err(ApplyError::Moved(batch.from))
    }
}
