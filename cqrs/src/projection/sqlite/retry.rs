//! One dead letter, tried again.

use crate::{
    error_chain::chain,
    event::RecordedEvent,
    handler::TransactionalHandlers,
    projection::{Projection, batch::letter as letter_of, in_database::ApplyError},
    services::Services,
    store::{
        DeadLetter, DeadLetterState, StoreError,
        sqlite::{Sqlite, SqliteTransaction, TransactError},
    },
};

use super::apply::handle;

/// Handles the event and removes its letter, or keeps the letter with the new error: in one transaction, so that
/// the event's rows are there exactly when its letter is gone.
pub(super) fn retry<P>(
    tx: &mut SqliteTransaction<'_>,
    services: &Services,
    letter: &DeadLetter,
    event: &RecordedEvent,
) -> Result<(), ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Sqlite>,
{
    let still_wanted = |kept: &DeadLetter| kept.key == letter.key && kept.state == DeadLetterState::Retrying;
    if !tx.dead_letters(P::NAME)?.iter().any(still_wanted) {
        return Ok(());
    }
    match tx.savepoint(|tx| handle::<P>(tx, event, services)) {
        Ok(()) => tx.remove_dead_letter(&letter.key).map(drop)?,
        Err(TransactError::Job(error)) => {
            let attempts = letter.attempts + 1;
            tx.park(&letter_of(P::NAME, event, DeadLetterState::Failed, attempts, chain(&*error)))?;
        }
        Err(TransactError::Panicked(message)) => {
            return Err(StoreError::engine("handle a dead letter", message).into());
        }
        Err(TransactError::Store(error)) => return Err(error.into()),
    }
    Ok(())
}
