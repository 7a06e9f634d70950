//! One batch of events, in one transaction with the checkpoint.

use crate::{
    projection::{
        ApplyError, Facts,
        batch::{Applied, Batch},
    },
    store::{
        SubscriptionStore,
        postgres::{Checkpoint, PostgresStore, ProjectionTransaction, is_concealed},
    },
};

use super::{
    InPostgres,
    build::Build,
    building::apply_to_build,
    handling::{Manner, handle_all, is_of_a_statement, parked},
};

/// Moves the checkpoint, after applying the events it moves over. Where a statement fails, the batch is tried once more in
/// the manner that finds out which.
pub(super) async fn apply(
    projection: &InPostgres,
    store: &PostgresStore,
    batch: &Batch,
) -> Result<Applied, ApplyError> {
    match attempt(projection, store, batch, Manner::Together).await {
        Err(ApplyError::Store(error)) if is_concealed(&error) => {
            attempt(projection, store, batch, Manner::Apart).await
        }
        Err(error) if is_of_a_statement(&error) => attempt(projection, store, batch, Manner::Apart).await,
        outcome => outcome,
    }
}

async fn attempt(
    projection: &InPostgres,
    store: &PostgresStore,
    batch: &Batch,
    manner: Manner,
) -> Result<Applied, ApplyError> {
    match Build::found(&projection.facts, store, &batch.name) {
        None => apply_served(projection, store, batch, manner).await,
        Some(build) => apply_to_build(projection, store, batch, manner, &build).await,
    }
}

/// To the tables that are read.
async fn apply_served(
    projection: &InPostgres,
    store: &PostgresStore,
    batch: &Batch,
    manner: Manner,
) -> Result<Applied, ApplyError> {
    let checkpoint = checkpoint(&projection.facts, batch);
    let Some(mut tx) = store.begin_batch(&checkpoint).await? else {
        return Err(elsewhere(&projection.facts, store, batch).await);
    };
    if let Err(error) = handle_wanted(projection, &mut tx, batch, manner).await {
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

fn checkpoint<'a>(facts: &Facts, batch: &'a Batch) -> Checkpoint<'a> {
    Checkpoint {
        name: &batch.name,
        partition_of: batch.partition.then_some(facts.name),
        version: facts.version,
        epoch: batch.epoch,
        position: batch.from,
    }
}

/// What has become of a checkpoint that is not where the batch begins.
async fn elsewhere(facts: &Facts, store: &PostgresStore, batch: &Batch) -> ApplyError {
    let claimed = match store.subscription(&batch.name).await {
        Ok(found) => batch.claim(facts, found),
        Err(error) => Err(error.into()),
    };
    // It may be there by now.
    claimed.err().unwrap_or(ApplyError::Moved(batch.from))
}

async fn handle_wanted(
    projection: &InPostgres,
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    manner: Manner,
) -> Result<(), ApplyError> {
    let mut parked = parked(&projection.facts, tx, batch).await?;
    handle_all(projection, tx, batch, batch.wanted(), &mut parked, manner).await
}
