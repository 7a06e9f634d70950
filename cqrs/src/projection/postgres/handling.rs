//! One event, handed to its handler.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use crate::{
    event::RecordedEvent,
    handler::{BoxError, EventContext, TransactionalHandlers},
    projection::in_database::ApplyError,
    services::Services,
    store::{
        StoreError,
        postgres::{PgTransaction, Postgres, PostgresError, ProjectionTransaction, is_passing},
    },
};

/// Applies one event; a panic is a failure like any other.
pub(super) async fn handle<P>(
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
