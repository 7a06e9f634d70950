//! What errors of JetStream mean for a store.

use std::{error::Error, sync::Arc};

use async_nats::jetstream::{
    self, ErrorCode,
    context::{PublishError, PublishErrorKind},
};

use crate::store::StoreError;

/// An error of the engine while it was to do `operation`.
pub(crate) fn engine(operation: &'static str, error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Engine { operation, source: Arc::new(error) }
}

/// An error of a request to the server. Without an answer, the server was away.
pub(crate) fn request(operation: &'static str, error: impl Error + Send + Sync + 'static) -> StoreError {
    if is_answer(&error) { engine(operation, error) } else { StoreError::unavailable(operation, error) }
}

/// Whether the server itself has said so.
fn is_answer(error: &(dyn Error + 'static)) -> bool {
    error.is::<jetstream::Error>() || error.source().is_some_and(is_answer)
}

/// The store holds what this library has not written.
pub(crate) fn damaged(what: impl Into<String>, source: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Damaged { what: what.into(), source: Some(Arc::new(source)) }
}

/// What an error means that came after a message had been sent. Where the server did not answer that it refused the
/// message, it may have stored it.
pub(crate) fn publish(operation: &'static str, error: PublishError) -> StoreError {
    let answer = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
    match answer.map(jetstream::Error::error_code) {
        Some(code) if OUT_OF_ROOM.contains(&code) => StoreError::Full(Arc::new(error)),
        Some(_) => engine(operation, error),
        None if error.kind() == PublishErrorKind::MaxAckPending => engine(operation, error),
        None => StoreError::OutcomeUnknown(Arc::new(error)),
    }
}

const OUT_OF_ROOM: [ErrorCode; 3] = [
    ErrorCode::INSUFFICIENT_RESOURCES,
    ErrorCode::STORAGE_RESOURCES_EXCEEDED,
    ErrorCode::STREAM_STORE_FAILED,
];
