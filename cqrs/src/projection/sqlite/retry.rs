//! One dead letter, tried again.

use crate::{
    error_chain::chain,
    event::RecordedEvent,
    projection::{ApplyError, batch::letter as letter_of},
    services::Services,
    store::{
        DeadLetter, DeadLetterState, StoreError,
        sqlite::{SqliteTransaction, TransactError},
    },
};

use super::{InSqlite, apply::handle};

/// Handles the event and removes its letter, or keeps the letter with the new error: in one transaction, so that
/// the event's rows are there exactly when its letter is gone.
pub(super) fn retry(
    projection: &InSqlite,
    tx: &mut SqliteTransaction<'_>,
    services: &Services,
    letter: &DeadLetter,
    event: &RecordedEvent,
) -> Result<(), ApplyError> {
    let still_wanted = |kept: &DeadLetter| kept.key == letter.key && kept.state == DeadLetterState::Retrying;
    if !tx.dead_letters(projection.facts.name)?.iter().any(still_wanted) {
        return Ok(());
    }
    match tx.savepoint(|tx| handle(projection, tx, event, services)) {
        Ok(()) => tx.remove_dead_letter(&letter.key).map(drop)?,
        Err(TransactError::Job(error)) => {
            let attempts = letter.attempts + 1;
            tx.park(&letter_of(
                projection.facts.name,
                event,
                DeadLetterState::Failed,
                attempts,
                chain(&*error),
            ))?;
        }
        Err(TransactError::Panicked(message)) => {
            return Err(StoreError::engine("handle a dead letter", message).into());
        }
        Err(TransactError::Store(error)) => return Err(error.into()),
    }
    Ok(())
}
