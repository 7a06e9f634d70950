//! What PostgreSQL's errors mean for a store.

use std::{sync::Arc, time::Duration};

use sqlx::Error;

use crate::store::StoreError;

/// What an error means that the engine gave while it was to do `operation`.
pub(crate) fn engine(operation: &'static str, error: Error) -> StoreError {
    match error {
        Error::PoolClosed => StoreError::Closed,
        Error::ColumnDecode { .. } | Error::Decode(_) => StoreError::Damaged {
            what: "a column holds what cannot be there".into(),
            source: Some(Arc::new(error)),
        },
        error => match code(&error).as_deref() {
            Some("53100") => StoreError::Full(Arc::new(error)),
            Some("55P03") => StoreError::Busy { waited: Duration::ZERO },
            // A statement may ask for more memory, or more locks, than there will ever be.
            Some("53200" | "53400") => StoreError::Engine { operation, source: Arc::new(error) },
            _ if is_passing(&error) => StoreError::Unavailable { operation, source: Arc::new(error) },
            _ => StoreError::Engine { operation, source: Arc::new(error) },
        },
    }
}

/// What an error means that came after an append had been sent. Where the server did not answer that it was undone,
/// it may have been committed.
pub(super) fn append(error: Error) -> StoreError {
    match code(&error).as_deref() {
        // The server went down, or ended the connection.
        Some(code) if code.starts_with("57P") || code.starts_with("08") => {
            StoreError::OutcomeUnknown(Arc::new(error))
        }
        Some(_) => engine("append", error),
        None => match error {
            Error::Encode(_) | Error::PoolClosed => engine("append", error),
            error => StoreError::OutcomeUnknown(Arc::new(error)),
        },
    }
}

/// What an error means that came while a connection was looked for; nothing was sent.
pub(super) fn acquire(error: Error, waited: Duration) -> StoreError {
    match error {
        Error::PoolTimedOut => StoreError::Busy { waited },
        error => engine("connect", error),
    }
}

/// Whether an error is the server's, and not of what it was asked: it has no room, goes down, chose this transaction to
/// end a deadlock, or cannot be reached.
pub(crate) fn is_passing(error: &Error) -> bool {
    match code(error).as_deref() {
        Some("40001" | "40P01" | "55P03") => true,
        Some(code) => ["08", "53", "57P"].iter().any(|class| code.starts_with(class)),
        None => matches!(error, Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::PoolClosed),
    }
}

/// Whether an error says that the transaction takes no more statements, since one of it has failed or ended it.
pub(super) fn is_dead_transaction(error: &Error) -> bool {
    matches!(code(error).as_deref(), Some("25P01" | "25P02"))
}

/// Whether the server gave an error this code.
pub(super) fn has_code(error: &Error, wanted: &str) -> bool {
    code(error).is_some_and(|code| code == wanted)
}

fn code(error: &Error) -> Option<String> {
    error.as_database_error()?.code().map(Into::into)
}
