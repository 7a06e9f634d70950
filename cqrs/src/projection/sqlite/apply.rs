//! One batch of events, in one transaction with the checkpoint.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use crate::{
    event::RecordedEvent,
    handler::{BoxError, EventContext, TransactionalHandlers},
    message::{Position, StreamId},
    projection::{
        OnFailure, Projection,
        batch::{Applied, Batch, streams},
        in_database::ApplyError,
    },
    services::Services,
    store::{
        StoreError,
        sqlite::{Sqlite, SqliteTransaction},
    },
};

/// Moves the checkpoint, after applying the events it moves over. Whoever lost the race for the checkpoint learns it
/// before a row is written: the transaction is immediate.
pub(super) fn apply<P>(tx: &mut SqliteTransaction<'_>, batch: &Batch) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Sqlite>,
{
    batch.claim::<P>(tx.subscription(P::NAME)?)?;
    let mut parked = parked::<P>(tx)?;
    let started = Instant::now();
    let mut reached = batch.from;
    for event in batch.wanted() {
        match batch.letter_for(event, &mut parked) {
            Some(letter) => tx.park(&letter)?,
            None => {
                handle::<P>(tx, event, &batch.services).map_err(|reason| ApplyError::of(event, reason))?;
            }
        }
        reached = event.position;
        if started.elapsed() > batch.budget {
            break;
        }
    }
    let to = batch.end(reached);
    if tx.advance(P::NAME, batch.epoch, batch.from, to)? {
        Ok(Applied::up_to(to))
    } else {
        Err(moved::<P>(tx)?)
    }
}

fn moved<P: Projection>(tx: &mut SqliteTransaction<'_>) -> Result<ApplyError, StoreError> {
    let found = tx.subscription(P::NAME)?;
    Ok(ApplyError::Moved(found.map_or(Position::START, |subscription| subscription.position)))
}

/// Applies one event; a panic is a failure like any other.
pub(super) fn handle<P>(
    tx: &mut SqliteTransaction<'_>,
    event: &RecordedEvent,
    services: &Services,
) -> Result<(), BoxError>
where
    P: TransactionalHandlers<Backend = Sqlite>,
{
    let decoded = event.decode::<P::Event>()?;
    let context = EventContext::recorded(event).with_services(services);
    catch_unwind(AssertUnwindSafe(|| P::handle(&decoded, &context, tx)))
        .unwrap_or_else(|panic| Err(crate::panics::failure(&*panic)))
}

fn parked<P: Projection>(tx: &mut SqliteTransaction<'_>) -> Result<HashSet<StreamId>, StoreError> {
    match P::ON_FAILURE {
        OnFailure::Stop => Ok(HashSet::new()),
        OnFailure::Park => tx.dead_letters(P::NAME).map(streams),
    }
}
