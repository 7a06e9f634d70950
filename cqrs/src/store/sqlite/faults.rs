//! What SQLite's errors mean for a store.

use std::{sync::Arc, time::Instant};

use rusqlite::ErrorCode;

use crate::store::StoreError;

/// What an error means that the engine gave while it was to do `operation`.
pub(super) fn engine(operation: &'static str, error: rusqlite::Error) -> StoreError {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    if let FromSqlConversionFailure(..)
    | IntegralValueOutOfRange(..)
    | InvalidColumnType(..)
    | Utf8Error(..) = error
    {
        return damaged("a column holds what cannot be there", error);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full(Arc::new(error)),
        Some(ErrorCode::DatabaseCorrupt) => damaged("the file is malformed", error),
        Some(ErrorCode::NotADatabase) => damaged("the file is not a SQLite database", error),
        _ => StoreError::Engine { operation, source: Arc::new(error) },
    }
}

/// The same, where the engine may have waited for a lock since `started`.
pub(super) fn locked(operation: &'static str, started: Instant, error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Busy { waited: started.elapsed() }
        }
        _ => engine(operation, error),
    }
}

/// What a failed commit means. Where the file could not be written or synced, the commit may still be found there
/// after a crash; that it is full is noticed before the end of the commit is written.
pub(super) fn commit(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => StoreError::OutcomeUnknown(Arc::new(error)),
        _ => engine("commit", error),
    }
}

/// A store that holds what cannot be there.
pub(super) fn damaged(what: impl Into<String>, error: rusqlite::Error) -> StoreError {
    StoreError::Damaged { what: what.into(), source: Some(Arc::new(error)) }
}
