//! Work on the thread that writes, in a transaction of its own.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Instant,
};

use rusqlite::Connection;

use crate::store::StoreError;

use super::{SqliteTransaction, faults};

/// Why a job, or a part of it, came to nothing. What it wrote was undone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransactError<E> {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The job failed.
    #[error("the job failed")]
    Job(E),
    /// The job panicked.
    #[error("the job panicked: {0}")]
    Panicked(String),
}

/// Runs a job in an immediate transaction, which is committed only if the job succeeds.
pub(super) fn transact<T, E>(
    connection: &Connection,
    operation: &'static str,
    job: impl FnOnce(&mut SqliteTransaction<'_>) -> Result<T, E>,
) -> Result<T, TransactError<E>> {
    let started = Instant::now();
    execute(connection, "BEGIN IMMEDIATE").map_err(|error| faults::locked(operation, started, error))?;
    let outcome = catch_unwind(AssertUnwindSafe(|| job(&mut SqliteTransaction::new(connection))));
    if connection.is_autocommit() {
        settle(outcome)?;
        return Err(ended_by_the_job(operation).into());
    }
    let outcome = settle(outcome).and_then(|value| match execute(connection, "COMMIT") {
        Ok(()) => Ok(value),
        Err(error) => Err(faults::commit(error).into()),
    });
    if !connection.is_autocommit()
        && let Err(error) = execute(connection, "ROLLBACK")
    {
        tracing::error!(%error, operation, "a transaction could not be rolled back");
    }
    outcome
}

/// The outcome of something that may have panicked.
pub(super) fn settle<T, E>(outcome: thread::Result<Result<T, E>>) -> Result<T, TransactError<E>> {
    match outcome {
        Ok(outcome) => outcome.map_err(TransactError::Job),
        Err(panic) => Err(TransactError::Panicked(message(panic.as_ref()))),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

fn ended_by_the_job(operation: &'static str) -> StoreError {
    StoreError::engine(operation, "the transaction was ended from within")
}

fn execute(connection: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
