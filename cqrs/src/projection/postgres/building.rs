//! One batch of events of a version that is built, and the taking over after the last.

use crate::{
    event::RecordedEvent,
    message::Position,
    projection::{
        ApplyError, Facts,
        batch::{Applied, Batch, newer},
    },
    store::{
        StoreError, Subscription,
        postgres::{PostgresStore, ProjectionTransaction},
        read_page,
    },
    subscription::{Wanted, refuse_beyond_head},
};

use super::{
    InPostgres,
    build::Build,
    handling::{Manner, handle_all, parked},
};

/// Applies a batch to tables beside those that are read, in a transaction.
pub(super) async fn apply_to_build(
    projection: &InPostgres,
    store: &PostgresStore,
    batch: &Batch,
    manner: Manner,
    build: &Build,
) -> Result<Applied, ApplyError> {
    let mut tx = store.begin_projecting().await?;
    match apply_within(projection, &mut tx, batch, manner, build).await {
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

/// Applies a batch to tables beside those that are read, which they replace once there is nothing left to apply. Who keeps those up waits meanwhile,
/// so that what he has applied since the batch was read can be, too.
async fn apply_within(
    projection: &InPostgres,
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    manner: Manner,
    build: &Build,
) -> Result<Applied, ApplyError> {
    let served = if batch.complete { lock_served(&projection.facts, tx).await? } else { None };
    build.enter(tx).await?;
    batch.claim(&projection.facts, tx.lock(&batch.name).await?)?;
    let mut parked = parked(&projection.facts, tx, batch).await?;
    handle_all(projection, tx, batch, batch.wanted(), &mut parked, manner).await?;
    let rest = match &served {
        Some(served) => rest(&projection.facts, batch, served.position).await?,
        None => None,
    };
    let Some((events, to)) = rest else {
        tx.advance(&batch.name, batch.to).await?;
        return Ok(Applied::up_to(batch.to));
    };
    handle_all(projection, tx, batch, events.iter(), &mut parked, manner).await?;
    tx.advance(&batch.name, to).await?;
    build.take_over(tx).await?;
    Ok(Applied { to, took_over: true })
}

async fn lock_served(
    facts: &Facts,
    tx: &mut ProjectionTransaction,
) -> Result<Option<Subscription>, StoreError> {
    tx.lock_all().await?;
    match tx.lock(facts.name).await? {
        Some(served) if served.version > facts.version => Err(newer(facts, served.version)),
        served => Ok(served),
    }
}

/// The events after a batch that those who keep the served tables up have applied, and how far they go; `None` if they
/// are more than a batch, or are not known to be final here.
async fn rest(
    facts: &Facts,
    batch: &Batch,
    served: Position,
) -> Result<Option<(Vec<RecordedEvent>, Position)>, StoreError> {
    if served <= batch.to {
        return Ok(Some((Vec::new(), batch.to)));
    }
    // A checkpoint where the log has never been says nothing of what others have applied.
    match refuse_beyond_head(&*batch.store, facts.name, served).await {
        Err(StoreError::CheckpointBeyondHead { .. }) => return Ok(Some((Vec::new(), batch.to))),
        checked => checked?,
    }
    let query = Wanted::of(Some(facts.kinds)).after(batch.to).up_to(served);
    let (events, end) = read_page(&*batch.store, &query, batch.limit).await?;
    Ok((end.complete && end.position >= served).then_some((events, served)))
}
