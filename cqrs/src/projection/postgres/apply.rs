//! One batch of events, in one transaction with the checkpoint.

use std::collections::HashSet;

use crate::{
    handler::TransactionalHandlers,
    message::{Position, StreamId},
    projection::{
        OnFailure, Projection,
        batch::{Batch, Part, streams},
        in_database::ApplyError,
    },
    store::{
        StoreError, Subscription,
        postgres::{Postgres, PostgresStore, ProjectionTransaction, is_concealed},
    },
};

use super::handling::{handle, handle_apart};

/// How the events of a batch are handled.
#[derive(Clone, Copy)]
enum Manner {
    /// One after the other: who fails fails the batch.
    Together,
    /// Each in a part of the transaction of its own, which tells who concealed that a statement failed. It costs two
    /// more statements an event.
    Apart,
}

/// Moves the checkpoint, after applying the events it moves over.
pub(super) async fn apply<P>(store: &PostgresStore, batch: &Batch) -> Result<Position, ApplyError>
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

async fn attempt<P>(store: &PostgresStore, batch: &Batch, manner: Manner) -> Result<Position, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    let mut tx = store.begin_projecting().await?;
    match apply_within::<P>(&mut tx, batch, manner).await {
        Ok(to) => {
            tx.commit().await?;
            Ok(to)
        }
        Err(error) => {
            // A connection that is gone is the cause, whatever the event handler made of it.
            tx.roll_back().await?;
            Err(error)
        }
    }
}

async fn apply_within<P>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    manner: Manner,
) -> Result<Position, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    batch.claim::<P>(begin::<P>(tx, batch.part).await?)?;
    let mut parked = parked::<P>(tx, batch.part).await?;
    for event in batch.wanted() {
        match (batch.letter_for(event, &mut parked), manner) {
            (Some(letter), _) => tx.park(&letter).await?,
            (None, Manner::Together) => handle::<P>(tx.for_handlers(), event, &batch.services).await?,
            (None, Manner::Apart) => handle_apart::<P>(tx, event, &batch.services).await?,
        }
    }
    advance(tx, batch).await?;
    Ok(batch.to)
}

/// The checkpoint: of the whole, locked from now on; of a partition, as it is now, to be compared in the end. A partition
/// must not be locked while event handlers run: else nobody could take it over from an owner that sleeps meanwhile.
async fn begin<P: Projection>(
    tx: &mut ProjectionTransaction,
    part: Part,
) -> Result<Option<Subscription>, StoreError> {
    match part.partition {
        None => tx.lock(P::NAME).await,
        Some(_) => tx.enter(P::NAME, part.name).await,
    }
}

async fn advance(tx: &mut ProjectionTransaction, batch: &Batch) -> Result<(), ApplyError> {
    let name = batch.part.name;
    if batch.part.partition.is_none() {
        return Ok(tx.advance(name, batch.to).await?);
    }
    let moved = tx.advance_owned(name, batch.epoch, (batch.from, batch.to)).await?;
    if moved { Ok(()) } else { Err(ApplyError::Moved(batch.from)) }
}

async fn parked<P: Projection>(
    tx: &mut ProjectionTransaction,
    part: Part,
) -> Result<HashSet<StreamId>, StoreError> {
    match P::ON_FAILURE {
        OnFailure::Stop => Ok(HashSet::new()),
        OnFailure::Park => tx.dead_letters(part.name).await.map(streams),
    }
}
