//! Whether a command handler's own error is a rejection, or hands on a failure of the store.
//!
//! It is looked for twice. The `source()` chain of the error holds it, if the error says what it comes from: the library's
//! errors are sources themselves, so that a transparent wrapper does not hide them. Where the handler dispatched another
//! command, the chain may hold that command's `DispatchError`, of whichever type: every command of the registry tells how
//! to see its own. And where a read failed that the command's own repositories made, the ledger knows of it, whatever
//! became of the error.

use std::{error::Error, iter::successors};

use crate::{
    message::{StreamId, Version},
    repository::{Ledger, LoadError, Missing, SaveError},
    store::{Expected, StoreError},
};

use super::{DispatchError, Overrun};

/// A failure that is not the domain's.
pub(super) enum Failure {
    NotFound(StreamId),
    Conflict {
        stream: StreamId,
        expected: Expected,
        actual: Version,
    },
    Store(StoreError),
    /// There are events, and they cannot be read.
    Unreadable,
    TimedOut(Overrun),
    ShuttingDown,
}

/// Finds the failure in an error, if it is one of the type that this is for.
pub(super) type Finding = fn(&(dyn Error + 'static)) -> Option<Failure>;

/// What a command handler's error is to the caller. `nested` finds the failures of other commands.
pub(super) fn judge<E: Error + Send + Sync + 'static>(
    error: E,
    ledger: Option<&Ledger>,
    nested: &[Finding],
) -> DispatchError<E> {
    let carried = successors(Some(&error as &(dyn Error + 'static)), |&error| error.source())
        .find_map(|error| Failure::of(error).or_else(|| nested.iter().find_map(|find| find(error))));
    match carried.or_else(|| ledger.and_then(Failure::noted)) {
        None => DispatchError::Rejected(error),
        Some(failure) => failure.behind(error),
    }
}

impl Failure {
    /// What an error of the library is.
    fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<LoadError>() {
            return Some(Self::of_load(error));
        }
        if let Some(SaveError::Store(error)) = error.downcast_ref() {
            return Some(Self::of_store(error));
        }
        if let Some(error) = error.downcast_ref() {
            return Some(Self::of_store(error));
        }
        error.downcast_ref::<Missing>().map(|missing| Self::NotFound(missing.stream().clone()))
    }

    /// What the error of a command is whose domain's error is an `E`, as far as its sources do not tell.
    pub(super) fn of_dispatch<E: 'static>(error: &(dyn Error + 'static)) -> Option<Self>
    where
        DispatchError<E>: Error,
    {
        match error.downcast_ref::<DispatchError<E>>()? {
            DispatchError::Conflict { stream, expected, actual, .. } => {
                Some(Self::Conflict { stream: stream.clone(), expected: *expected, actual: *actual })
            }
            DispatchError::TimedOut(overrun) => Some(Self::TimedOut(*overrun)),
            DispatchError::ShuttingDown => Some(Self::ShuttingDown),
            _ => None,
        }
    }

    fn of_load(error: &LoadError) -> Self {
        match error {
            LoadError::NotFound(missing) => Self::NotFound(missing.stream().clone()),
            LoadError::Store(error) | LoadError::InHandler { failure: Some(error), .. } => {
                Self::of_store(error)
            }
            LoadError::Decode(_) | LoadError::Fold { .. } | LoadError::InHandler { failure: None, .. } => {
                Self::Unreadable
            }
        }
    }

    fn of_store(error: &StoreError) -> Self {
        match error.clone() {
            StoreError::Conflict { stream, expected, actual } => Self::Conflict { stream, expected, actual },
            error => Self::Store(error),
        }
    }

    /// What the reads of this attempt met.
    fn noted(ledger: &Ledger) -> Option<Self> {
        let failed = ledger.failure().map(Self::Store);
        failed.or_else(|| ledger.carried_missing().map(Self::NotFound))
    }

    /// The failure as the caller gets it, with what the handler made of it.
    fn behind<E: Error + Send + Sync + 'static>(self, error: E) -> DispatchError<E> {
        let rejection = Box::new(error);
        match self {
            Self::NotFound(stream) => DispatchError::NotFound(Missing::rejecting(stream, rejection)),
            Self::Conflict { stream, expected, actual } => {
                DispatchError::Conflict { stream, expected, actual, attempts: 1, rejection: Some(rejection) }
            }
            Self::Store(failure) => {
                DispatchError::Load(LoadError::InHandler { failure: Some(failure), rejection })
            }
            Self::Unreadable => DispatchError::Load(LoadError::InHandler { failure: None, rejection }),
            Self::TimedOut(overrun) => DispatchError::TimedOut(overrun),
            Self::ShuttingDown => DispatchError::ShuttingDown,
        }
    }
}
