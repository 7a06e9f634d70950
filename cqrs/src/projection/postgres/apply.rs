//! One batch of events, in one transaction with the checkpoint.

use std::collections::HashSet;

use crate::{
    event::{Event, RecordedEvent},
    handler::TransactionalHandlers,
    message::{Position, StreamId},
    projection::{
        OnFailure, Projection,
        batch::{Applied, Batch, newer, streams},
        in_database::ApplyError,
    },
    store::{
        StoreError, Subscription,
        postgres::{Postgres, PostgresStore, ProjectionTransaction, is_concealed},
        read_page,
    },
    subscription::Wanted,
};

use super::{
    build::Build,
    handling::{handle, handle_apart},
};

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

/// To tables beside those, which they replace once there is nothing left to apply. Who keeps those up waits meanwhile,
/// so that what he has applied since the batch was read can be, too.
async fn apply_to_build<P>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    manner: Manner,
    build: &Build,
) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    let served = if batch.complete { lock_served::<P>(tx).await? } else { None };
    build.enter(tx).await?;
    batch.claim::<P>(tx.lock(&batch.name).await?)?;
    let mut parked = parked::<P>(tx, batch).await?;
    handle_all::<P>(tx, batch, batch.wanted(), &mut parked, manner).await?;
    let rest = match &served {
        Some(served) => rest::<P>(batch, served.position).await?,
        None => None,
    };
    let Some((events, to)) = rest else {
        tx.advance(&batch.name, batch.to).await?;
        return Ok(Applied::up_to(batch.to));
    };
    handle_all::<P>(tx, batch, events.iter(), &mut parked, manner).await?;
    tx.advance(&batch.name, to).await?;
    build.take_over(tx).await?;
    Ok(Applied { to, took_over: true })
}

async fn lock_served<P: Projection>(
    tx: &mut ProjectionTransaction,
) -> Result<Option<Subscription>, StoreError> {
    tx.lock_all().await?;
    match tx.lock(P::NAME).await? {
        Some(served) if served.version > P::VERSION => Err(newer::<P>(served.version)),
        served => Ok(served),
    }
}

/// The events after a batch that those who keep the served tables up have applied, and how far they go; `None` if they
/// are more than a batch, or are not known to be final here.
async fn rest<P: Projection>(
    batch: &Batch,
    served: Position,
) -> Result<Option<(Vec<RecordedEvent>, Position)>, StoreError> {
    if served <= batch.to {
        return Ok(Some((Vec::new(), batch.to)));
    }
    let query = Wanted::of(Some(P::Event::KINDS)).after(batch.to).up_to(served);
    let (events, end) = read_page(&*batch.store, &query, batch.limit).await?;
    Ok((end.complete && end.position >= served).then_some((events, served)))
}

async fn handle_all<P>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    events: impl Iterator<Item = &RecordedEvent>,
    parked: &mut HashSet<StreamId>,
    manner: Manner,
) -> Result<(), ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    for event in events {
        match (batch.letter_for(event, parked), manner) {
            (Some(letter), _) => tx.park(&letter).await?,
            (None, Manner::Together) => handle::<P>(tx.for_handlers(), event, &batch.services).await?,
            (None, Manner::Apart) => handle_apart::<P>(tx, event, &batch.services).await?,
        }
    }
    Ok(())
}

async fn parked<P: Projection>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
) -> Result<HashSet<StreamId>, StoreError> {
    match P::ON_FAILURE {
        OnFailure::Stop => Ok(HashSet::new()),
        OnFailure::Park => tx.dead_letters(&batch.name).await.map(streams),
    }
}
