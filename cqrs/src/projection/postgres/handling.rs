//! Events, handed to their handlers.

use std::{collections::HashSet, panic::AssertUnwindSafe};

use futures_util::FutureExt;

use crate::{
    event::RecordedEvent,
    handler::{BoxError, EventContext, TransactionalHandlers},
    message::StreamId,
    projection::{
        OnFailure, Projection,
        batch::{Batch, streams},
        in_database::ApplyError,
    },
    services::Services,
    store::{
        StoreError,
        postgres::{PgTransaction, Postgres, PostgresError, ProjectionTransaction, is_passing},
    },
};

/// How the events of a batch are handled.
#[derive(Clone, Copy)]
pub(super) enum Manner {
    /// One after the other: who fails fails the batch.
    Together,
    /// Each in a part of the transaction of its own, which tells who concealed that a statement failed. It costs two
    /// more statements an event.
    Apart,
}

/// Handles events, or parks them.
pub(super) async fn handle_all<P>(
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

/// The streams that are parked.
pub(super) async fn parked<P: Projection>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
) -> Result<HashSet<StreamId>, StoreError> {
    match P::ON_FAILURE {
        OnFailure::Stop => Ok(HashSet::new()),
        OnFailure::Park => tx.dead_letters(&batch.name).await.map(streams),
    }
}

/// Applies one event; a panic is a failure like any other.
async fn handle<P>(
    tx: &mut PgTransaction<'_>,
    event: &RecordedEvent,
    services: &Services,
) -> Result<(), ApplyError>
where
    P: TransactionalHandlers<Backend = Postgres>,
{
    let handled = async {
        let decoded = event.decode::<P::Event>()?;
        let context = EventContext::recorded(event).with_services(services);
        P::handle(&decoded, &context, tx).await
    };
    let outcome = AssertUnwindSafe(handled).catch_unwind().await;
    outcome.unwrap_or_else(|panic| Err(crate::panics::failure(&*panic))).map_err(|error| blame(event, error))
}

/// Applies one event in a part of the transaction, which is undone if the event fails. If a statement fails and the
/// handler keeps it to itself, this is where it shows.
pub(super) async fn handle_apart<P>(
    tx: &mut ProjectionTransaction,
    event: &RecordedEvent,
    services: &Services,
) -> Result<(), ApplyError>
where
    P: TransactionalHandlers<Backend = Postgres>,
{
    let mut part = tx.part().await?;
    match handle::<P>(&mut part, event, services).await {
        Ok(()) => part.commit().await.map_err(|error| blame(event, Concealed(error).into())),
        Err(error) => {
            part.rollback().await.map_err(lost)?;
            Err(error)
        }
    }
}

/// A statement failed, and its handler went on as if it had not.
#[derive(Debug, thiserror::Error)]
#[error("a statement failed, or ended the transaction, and the event handler did not return it as its error")]
struct Concealed(#[source] PostgresError);

/// Who is to blame for an error: the event, or the server.
fn blame(event: &RecordedEvent, reason: BoxError) -> ApplyError {
    if has_passing_cause(&*reason) { lost(reason).into() } else { ApplyError::of(event, reason) }
}

fn has_passing_cause(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|cause| cause.downcast_ref().is_some_and(is_passing))
}

fn lost(error: impl Into<BoxError>) -> StoreError {
    StoreError::engine("handle an event", error)
}
