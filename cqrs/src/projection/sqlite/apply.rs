//! One batch of events, in one transaction with the checkpoint.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use jiff::Timestamp;

use crate::{
    event::RecordedEvent,
    handler::{BoxError, EventContext, TransactionalHandlers},
    message::{Position, StreamId},
    projection::{
        OnFailure, Projection,
        in_database::{ApplyError, Batch},
    },
    services::Services,
    store::{
        DeadLetter, DeadLetterKey, DeadLetterState, StoreError,
        sqlite::{Sqlite, SqliteTransaction},
    },
};

/// Moves the checkpoint, then applies the events it moves over. Whoever lost the race for the checkpoint learns it
/// before a row is written.
pub(super) fn apply<P>(tx: &mut SqliteTransaction<'_>, batch: &Batch) -> Result<Position, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Sqlite>,
{
    claim::<P>(tx, batch)?;
    let mut parked = parked::<P>(tx)?;
    let started = Instant::now();
    let mut reached = batch.from;
    let wanted =
        || batch.events.iter().filter(|event| event.position > batch.from && event.position <= batch.to);
    for event in wanted() {
        if parked.contains(&event.envelope.stream) {
            park::<P>(tx, event, DeadLetterState::Queued, 0, String::new())?;
        } else if let Some(given_up) =
            batch.given_up.as_ref().filter(|given_up| given_up.position == event.position)
        {
            parked.insert(event.envelope.stream.clone());
            park::<P>(tx, event, DeadLetterState::Failed, given_up.attempts, given_up.error.clone())?;
        } else {
            handle::<P>(tx, event, &batch.services).map_err(|reason| ApplyError::of(event, reason))?;
        }
        reached = event.position;
        if started.elapsed() > batch.budget {
            break;
        }
    }
    let applied_all = wanted().next_back().is_none_or(|last| last.position <= reached);
    let to = if applied_all { batch.to } else { reached };
    if tx.advance(P::NAME, batch.epoch, batch.from, to)? { Ok(to) } else { Err(moved::<P>(tx)?) }
}

/// Makes sure, before a row is written, that the checkpoint is where the batch begins and that no newer version of
/// the projection has taken over. The transaction is immediate: what holds now holds until it ends.
fn claim<P: Projection>(tx: &mut SqliteTransaction<'_>, batch: &Batch) -> Result<(), ApplyError> {
    match tx.subscription(P::NAME)? {
        Some(found) if found.version != P::VERSION => {
            Err(StoreError::NewerProjection { name: P::NAME, found: found.version, known: P::VERSION }.into())
        }
        Some(found) if found.position == batch.from && found.epoch == batch.epoch => Ok(()),
        Some(found) => Err(ApplyError::Moved(found.position)),
        None => Err(ApplyError::Moved(Position::START)),
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
        .unwrap_or_else(|panic| Err(format!("panicked: {}", crate::panics::message(&*panic)).into()))
}

fn parked<P: Projection>(tx: &mut SqliteTransaction<'_>) -> Result<HashSet<StreamId>, StoreError> {
    match P::ON_FAILURE {
        OnFailure::Stop => Ok(HashSet::new()),
        OnFailure::Park => {
            Ok(tx.dead_letters(P::NAME)?.into_iter().map(|letter| letter.key.stream).collect())
        }
    }
}

pub(super) fn park<P: Projection>(
    tx: &mut SqliteTransaction<'_>,
    event: &RecordedEvent,
    state: DeadLetterState,
    attempts: u32,
    error: String,
) -> Result<(), StoreError> {
    let stream = event.envelope.stream.clone();
    let key = DeadLetterKey { handler: P::NAME.to_owned(), stream, position: event.position };
    let (version, time) = (event.envelope.version, Timestamp::now());
    tx.park(&DeadLetter { key, version, state, attempts, error, time })
}
