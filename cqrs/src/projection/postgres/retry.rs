//! One dead letter, tried again.

use crate::{
    error_chain::chain,
    event::RecordedEvent,
    projection::{
        ApplyError, Facts,
        batch::{letter as letter_of, newer},
    },
    services::Services,
    store::{
        DeadLetter, DeadLetterState, StoreError,
        postgres::{PostgresStore, ProjectionTransaction},
    },
};

use super::{InPostgres, build::Build, handling::handle_apart};

/// Handles the event and removes its letter, or keeps the letter with the new error: in one transaction, so that
/// the event's rows are there exactly when its letter is gone.
pub(super) async fn retry(
    projection: &InPostgres,
    store: &PostgresStore,
    services: &Services,
    letter: &DeadLetter,
    event: &RecordedEvent,
) -> Result<(), ApplyError> {
    let mut tx = store.begin_projecting().await?;
    if let Some(build) = Build::found(&projection.facts, store, &letter.key.handler) {
        build.enter(&mut tx).await?;
    }
    if is_wanted(&projection.facts, &mut tx, letter).await? {
        let session = tx.session().await?;
        match handle_apart(projection, &mut tx, &session, event, services).await {
            Ok(()) => drop(tx.remove_dead_letter(&letter.key).await?),
            Err(ApplyError::Event { reason, .. }) => {
                let (attempts, error) = (letter.attempts + 1, chain(&*reason));
                tx.park(&letter_of(&letter.key.handler, event, DeadLetterState::Failed, attempts, error))
                    .await?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(tx.commit().await?)
}

/// Whether the letter is still to be tried again. The checkpoint is locked, as in a batch: of several processes one
/// tries the letter, and none applies a batch meanwhile.
async fn is_wanted(
    facts: &Facts,
    tx: &mut ProjectionTransaction,
    letter: &DeadLetter,
) -> Result<bool, StoreError> {
    if !facts.partitions.is_empty() {
        tx.enter(facts.name, &letter.key.handler).await?;
    }
    match tx.lock(&letter.key.handler).await? {
        Some(found) if found.version != facts.version => return Err(newer(facts, found.version)),
        Some(_) => {}
        None => return Ok(false),
    }
    let wanted = |kept: &DeadLetter| kept.key == letter.key && kept.state == DeadLetterState::Retrying;
    Ok(tx.dead_letters(&letter.key.handler).await?.iter().any(wanted))
}
