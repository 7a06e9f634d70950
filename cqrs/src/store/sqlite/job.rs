//! How a job, or a part of it, ended.

use std::{any::Any, thread};

use crate::store::StoreError;

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
