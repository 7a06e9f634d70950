//! Events, handed to their handlers.

use std::{collections::HashSet, panic::AssertUnwindSafe};

use futures_util::FutureExt;

use crate::{
    error_chain::because,
    event::RecordedEvent,
    handler::BoxError,
    message::StreamId,
    projection::{
        ApplyError, Facts, OnFailure,
        batch::{Batch, causes, explained, streams},
        statement::at_statement,
    },
    services::Services,
    store::{
        StoreError,
        postgres::{
            PgTransaction, PostgresError, ProjectionTransaction, Session, is_missing_table, is_passing,
        },
    },
};

use super::InPostgres;

/// How the events of a batch are handled.
#[derive(Clone, Copy)]
pub(super) enum Manner {
    /// One after the other: who fails fails the batch.
    Together,
    /// Each in a part of the transaction of its own, which tells who concealed that a statement failed, and which one it
    /// was. It costs two more statements an event.
    Apart,
}

/// Handles events, or parks them.
pub(super) async fn handle_all(
    projection: &InPostgres,
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    events: impl Iterator<Item = &RecordedEvent>,
    parked: &mut HashSet<StreamId>,
    manner: Manner,
) -> Result<(), ApplyError> {
    let apart = match manner {
        Manner::Together => None,
        Manner::Apart => Some(tx.session().await?),
    };
    for event in events {
        match (batch.letter_for(event, parked), &apart) {
            (Some(letter), _) => tx.park(&letter).await?,
            (None, None) => handle(projection, tx.for_handlers(), event, &batch.services).await?,
            (None, Some(session)) => handle_apart(projection, tx, session, event, &batch.services).await?,
        }
    }
    Ok(())
}

/// The streams that are parked.
pub(super) async fn parked(
    facts: &Facts,
    tx: &mut ProjectionTransaction,
    batch: &Batch,
) -> Result<HashSet<StreamId>, StoreError> {
    match facts.on_failure {
        OnFailure::Stop => Ok(HashSet::new()),
        OnFailure::Park => tx.dead_letters(&batch.name).await.map(streams),
    }
}

/// Applies one event; a panic is a failure like any other.
async fn handle(
    projection: &InPostgres,
    tx: &mut PgTransaction<'_>,
    event: &RecordedEvent,
    services: &Services,
) -> Result<(), ApplyError> {
    let outcome = AssertUnwindSafe((projection.handle)(event, services, tx)).catch_unwind().await;
    outcome
        .unwrap_or_else(|panic| Err(crate::panics::failure(&*panic)))
        .map_err(|error| blame(&projection.facts, event, error))
}

/// Applies one event in a part of the transaction, which is undone if the event fails. If a statement fails and the
/// handler keeps it to itself, this is where it shows.
pub(super) async fn handle_apart(
    projection: &InPostgres,
    tx: &mut ProjectionTransaction,
    session: &Session,
    event: &RecordedEvent,
    services: &Services,
) -> Result<(), ApplyError> {
    let mut part = tx.part().await?;
    match handle(projection, &mut part, event, services).await {
        Ok(()) => {
            part.commit().await.map_err(|error| blame(&projection.facts, event, Concealed(error).into()))
        }
        Err(error) => {
            let error = name_statement(error, session).await;
            part.rollback().await.map_err(lost)?;
            Err(error)
        }
    }
}

/// The error with the statement that failed, if one did. Whoever asks does so before the part is undone.
async fn name_statement(error: ApplyError, session: &Session) -> ApplyError {
    let statement = if is_of_a_statement(&error) { session.last_statement().await } else { None };
    match (error, statement) {
        (ApplyError::Event { projection, position, stream, version, name, reason }, Some(statement)) => {
            let reason = at_statement(statement, reason);
            ApplyError::Event { projection, position, stream, version, name, reason }
        }
        (error, _) => error,
    }
}

/// Whether the server refused a statement of an event handler.
pub(super) fn is_of_a_statement(error: &ApplyError) -> bool {
    let ApplyError::Event { reason, .. } = error else { return false };
    let refused = |cause: &PostgresError| matches!(cause, PostgresError::Database(_));
    causes(&**reason).any(|cause| cause.downcast_ref().is_some_and(refused))
}

/// A statement failed, and its handler went on as if it had not.
#[derive(Debug, thiserror::Error)]
#[error(
    "a statement failed, or ended the transaction, and the event handler did not return it as its error{}",
    because(.0)
)]
struct Concealed(#[source] PostgresError);

/// Who is to blame for an error: the event, or the server.
fn blame(facts: &Facts, event: &RecordedEvent, reason: BoxError) -> ApplyError {
    if has_passing_cause(&*reason) {
        return lost(reason).into();
    }
    let no_table = causes(&*reason).any(|cause| cause.downcast_ref().is_some_and(is_missing_table));
    ApplyError::of(facts, event, explained(facts, reason, no_table))
}

fn has_passing_cause(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| cause.downcast_ref().is_some_and(is_passing))
}

fn lost(error: impl Into<BoxError>) -> StoreError {
    StoreError::engine("handle an event", error)
}
