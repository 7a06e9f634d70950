//! One batch of events, in one transaction with the checkpoint.

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Instant,
};

use rusqlite::ErrorCode;

use crate::{
    event::RecordedEvent,
    handler::BoxError,
    message::{Position, StreamId},
    projection::{
        ApplyError, Facts, OnFailure,
        batch::{Applied, Batch, causes, explained, streams},
        statement::at_statement,
    },
    services::Services,
    store::{
        StoreError,
        sqlite::{SqliteError, SqliteTransaction, last_statement},
    },
};

use super::InSqlite;

/// Moves the checkpoint, after applying the events it moves over. Whoever lost the race for the checkpoint learns it
/// before a row is written: the transaction is immediate.
pub(super) fn apply(
    projection: &InSqlite,
    tx: &mut SqliteTransaction<'_>,
    batch: &Batch,
) -> Result<Applied, ApplyError> {
    let facts = &projection.facts;
    batch.claim(facts, tx.subscription(facts.name)?)?;
    let mut parked = parked(facts, tx)?;
    let started = Instant::now();
    let mut reached = batch.from;
    for event in batch.wanted() {
        match batch.letter_for(event, &mut parked) {
            Some(letter) => tx.park(&letter)?,
            None => {
                handle(projection, tx, event, &batch.services)
                    .map_err(|reason| ApplyError::of(facts, event, reason))?;
            }
        }
        reached = event.position;
        if started.elapsed() > batch.budget {
            break;
        }
    }
    let to = batch.end(reached);
    if tx.advance(facts.name, batch.epoch, batch.from, to)? {
        Ok(Applied::up_to(to))
    } else {
        Err(moved(facts, tx)?)
    }
}

fn moved(facts: &Facts, tx: &mut SqliteTransaction<'_>) -> Result<ApplyError, StoreError> {
    let found = tx.subscription(facts.name)?;
    Ok(ApplyError::Moved(found.map_or(Position::START, |subscription| subscription.position)))
}

/// Applies one event; a panic is a failure like any other.
pub(super) fn handle(
    projection: &InSqlite,
    tx: &mut SqliteTransaction<'_>,
    event: &RecordedEvent,
    services: &Services,
) -> Result<(), BoxError> {
    let connection = tx.connection();
    let handled = || catch_unwind(AssertUnwindSafe(|| (projection.handle)(event, services, tx)));
    let (outcome, statement) = last_statement(connection, handled);
    match outcome {
        Ok(outcome) => outcome.map_err(|reason| at(&projection.facts, statement, reason)),
        Err(panic) => Err(crate::panics::failure(&*panic)),
    }
}

/// The error of a handler, with the statement that ran last if SQLite gave the error: it names it only where the statement
/// cannot be prepared.
fn at(facts: &Facts, statement: String, reason: BoxError) -> BoxError {
    let errors: Vec<&SqliteError> = causes(&*reason).filter_map(|cause| cause.downcast_ref()).collect();
    let no_table = errors.iter().any(|error| error.to_string().contains("no such table"));
    // A statement that cannot be prepared has not run, and gives a code of no meaning.
    let ran = |error: &&SqliteError| error.sqlite_error_code().is_some_and(|code| code != ErrorCode::Unknown);
    let ran = errors.iter().any(ran);
    let reason = if ran { at_statement(statement, reason) } else { reason };
    explained(facts, reason, no_table)
}

fn parked(facts: &Facts, tx: &mut SqliteTransaction<'_>) -> Result<HashSet<StreamId>, StoreError> {
    match facts.on_failure {
        OnFailure::Stop => Ok(HashSet::new()),
        OnFailure::Park => tx.dead_letters(facts.name).map(streams),
    }
}
