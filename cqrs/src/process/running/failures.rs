//! What the failures of the workers are to those who run them.

use crate::{handler::BoxError, store::StoreError, subscription::Unhandled};

/// It fails whenever it is tried.
pub(super) fn for_good(error: impl Into<BoxError>) -> Unhandled {
    Unhandled::ForGood(error.into())
}

/// What became of a write that the store did not confirm is seen when it is tried again.
pub(super) fn unhandled(error: StoreError) -> Unhandled {
    match error {
        StoreError::OutcomeUnknown(_) => Unhandled::Away(error.into()),
        StoreError::TooLarge { .. }
        | StoreError::CommandIdReused { .. }
        | StoreError::Unsupported(_)
        | StoreError::Decode(_) => Unhandled::ForGood(error.into()),
        error => Unhandled::from(BoxError::from(error)),
    }
}
