//! What SQLite's errors mean for a store.

use std::time::Instant;

use rusqlite::ErrorCode;

use crate::{message::CommandId, store::StoreError};

use super::busy;

/// What an error means that the engine gave while it was to do `operation`.
pub(crate) fn engine(operation: &'static str, error: rusqlite::Error) -> StoreError {
    if is_damage(&error) {
        return damaged("a column holds what cannot be there", error);
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full(error.into()),
        Some(ErrorCode::DatabaseCorrupt) => damaged("the file is malformed", error),
        Some(ErrorCode::NotADatabase) => damaged("the file is not a SQLite database", error),
        Some(code) if is_outage(code) => StoreError::Unavailable { operation, source: error.into() },
        _ => StoreError::Engine { operation, source: error.into() },
    }
}

/// Whether a code is the fault of the file, or of what it lies on, whatever was asked of it.
///
/// Invariant: what waits for an outage to pass waits for ever if it is none. So that a file is not allowed, not writable or
/// not there to be opened is none: `open` says so at once. Nor is memory: a statement may ask for more than there will be.
fn is_outage(code: ErrorCode) -> bool {
    matches!(
        code,
        // Another process has it; who waited for it tells how long ([`locked`]).
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked
        // Another connection has changed the tables in between, or the protocol of the locks was kept up for too long.
        | ErrorCode::SchemaChanged | ErrorCode::FileLockingProtocolFailed
        // The disk, or the way to it, failed.
        | ErrorCode::SystemIoFailure
    )
}

/// Whether a column holds what cannot be there; the engine itself works.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(
        error,
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..)
    )
}

/// What an error means that the engine gave while it was to do `operation` with one row; damage is told with the row's name.
pub(super) fn of_row(
    operation: &'static str,
    row: impl std::fmt::Display,
    error: rusqlite::Error,
) -> StoreError {
    if is_damage(&error) {
        damaged(format!("{row} cannot be read: {error}"), error)
    } else {
        engine(operation, error)
    }
}

/// A record of a command that cannot be read.
pub(super) fn of_record(id: CommandId, error: rusqlite::Error) -> StoreError {
    of_row("look up a command", format_args!("the record of command {id}"), error)
}

/// What an error means, where the engine may have waited for a lock since `started`.
pub(super) fn locked(operation: &'static str, started: Instant, error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            StoreError::Busy { waited: started.elapsed(), limit: busy::limit() }
        }
        _ => engine(operation, error),
    }
}

/// What a failed commit means. Where the file could not be written or synced, the commit may still be found there
/// after a crash; that it is full is noticed before the end of the commit is written.
pub(super) fn commit(error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => StoreError::OutcomeUnknown(error.into()),
        _ => engine("commit", error),
    }
}

/// A store that holds what cannot be there.
pub(super) fn damaged(what: impl Into<String>, error: rusqlite::Error) -> StoreError {
    StoreError::Damaged { what: what.into(), source: Some(error.into()) }
}
