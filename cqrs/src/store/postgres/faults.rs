//! What PostgreSQL's errors mean for a store.

use sqlx::Error;

use crate::store::{SharedError, StoreError};

use super::{
    connect::GROUP_PATIENCE,
    outage::{self, Judged},
    rows::Unreadable,
};

/// The code of a lock that was not to be had.
const LOCKED: &str = "55P03";

/// What an error means that the engine gave while it was to do `operation`.
pub(crate) fn engine(operation: &'static str, error: Error) -> StoreError {
    match error {
        Error::PoolClosed => StoreError::Closed,
        Error::Decode(unreadable) if unreadable.is::<Unreadable>() => {
            StoreError::Damaged { what: unreadable.to_string(), source: Some(SharedError::new(unreadable)) }
        }
        Error::ColumnDecode { .. } | Error::Decode(_) => StoreError::Damaged {
            what: "a column holds what cannot be there".into(),
            source: Some(error.into()),
        },
        error => match outage::judge(&error) {
            Judged::Full => StoreError::Full(error.into()),
            Judged::Away => StoreError::Unavailable { operation, source: error.into() },
            Judged::Asked => StoreError::Engine { operation, source: error.into() },
        },
    }
}

/// What an error means that came after an append had been sent. Where the server did not answer that it was undone,
/// it may have been committed.
pub(super) fn append(error: Error) -> StoreError {
    match code(&error).as_deref() {
        // The server went down, or ended the connection.
        Some(code) if code.starts_with("57P") || code.starts_with("08") => {
            StoreError::OutcomeUnknown(error.into())
        }
        // An append waits for a lock no longer than that; its writer tries again, and knows for how long.
        Some(LOCKED) => StoreError::Busy { waited: GROUP_PATIENCE, limit: GROUP_PATIENCE },
        Some(_) => engine("append", error),
        None => match error {
            Error::Encode(_) | Error::PoolClosed => engine("append", error),
            error => StoreError::OutcomeUnknown(error.into()),
        },
    }
}

/// Whether a statement waited for a lock for as long as it may.
pub(super) fn is_locked(error: &Error) -> bool {
    has_code(error, LOCKED)
}

/// Whether a statement is at fault, and not the server: it does not parse, names what is not there, or writes what cannot
/// be. What somebody else may still grant or move out of the way is not among it.
pub(crate) fn is_wrong_sql(error: &Error) -> bool {
    match code(error).as_deref() {
        // Not allowed; a schema, a table, a type or a function of this name is there already.
        Some("42501" | "42P06" | "42P07" | "42710" | "42723") | None => false,
        Some(code) => ["0A", "22", "23", "42"].iter().any(|class| code.starts_with(class)),
    }
}

/// Whether a statement names a table that is not there.
pub(crate) fn is_missing_table(error: &Error) -> bool {
    has_code(error, "42P01")
}

/// Whether an error says that the transaction takes no more statements, since one of it has failed or ended it.
pub(super) fn is_dead_transaction(error: &Error) -> bool {
    matches!(code(error).as_deref(), Some("25P01" | "25P02"))
}

/// Whether the server gave an error this code.
pub(super) fn has_code(error: &Error, wanted: &str) -> bool {
    code(error).is_some_and(|code| code == wanted)
}

pub(super) fn code(error: &Error) -> Option<String> {
    error.as_database_error()?.code().map(Into::into)
}
