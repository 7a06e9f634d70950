//! What errors of JetStream mean for a store.

use std::{
    error::Error,
    fmt::{Debug, Display},
    io,
};

use async_nats::{
    ConnectError, ConnectErrorKind, SubscribeErrorKind,
    jetstream::{
        self, ErrorCode,
        context::{
            CreateStreamErrorKind, GetStreamErrorKind, PublishError, PublishErrorKind, RequestErrorKind,
        },
        stream::{ConsumerErrorKind, DeleteMessageErrorKind, LastRawMessageErrorKind, PurgeErrorKind},
    },
};

use crate::store::StoreError;

/// An error of the engine while it was to do `operation`.
pub(crate) fn engine(operation: &'static str, error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Engine { operation, source: error.into() }
}

/// An error of a request to the server. Without an answer, the server was away.
pub(crate) fn request<K: Unanswered>(
    operation: &'static str,
    error: async_nats::error::Error<K>,
) -> StoreError {
    if error.kind().is_unanswered() {
        StoreError::unavailable(operation, error)
    } else {
        engine(operation, error)
    }
}

/// An error of connecting. A server that is reached, and whose certificate is not trusted, is not away.
pub(crate) fn connect(error: ConnectError) -> StoreError {
    let cause = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let is_distrusted = cause.is_some_and(|cause| cause.kind() == io::ErrorKind::InvalidData);
    if is_distrusted { engine("connect", error) } else { request("connect", error) }
}

/// The kinds of errors of requests. Which of them come without an answer of the server, each says in its own way.
pub(crate) trait Unanswered: Clone + Debug + Display + PartialEq + Send + Sync + 'static {
    fn is_unanswered(&self) -> bool;
}

macro_rules! unanswered {
    ($($kind:ty: $pattern:pat,)*) => {
        $(impl Unanswered for $kind {
            fn is_unanswered(&self) -> bool {
                matches!(self, $pattern)
            }
        })*
    };
}

unanswered! {
    ConnectErrorKind: ConnectErrorKind::Dns | ConnectErrorKind::TimedOut | ConnectErrorKind::Io,
    SubscribeErrorKind: SubscribeErrorKind::Other,
    async_nats::PublishErrorKind: async_nats::PublishErrorKind::Send,
    RequestErrorKind: RequestErrorKind::NoResponders | RequestErrorKind::TimedOut | RequestErrorKind::Other,
    GetStreamErrorKind: GetStreamErrorKind::Request,
    CreateStreamErrorKind: CreateStreamErrorKind::JetStreamUnavailable
        | CreateStreamErrorKind::TimedOut
        | CreateStreamErrorKind::Response,
    ConsumerErrorKind: ConsumerErrorKind::TimedOut | ConsumerErrorKind::Request,
    PurgeErrorKind: PurgeErrorKind::TimedOut | PurgeErrorKind::Request,
    DeleteMessageErrorKind: DeleteMessageErrorKind::TimedOut | DeleteMessageErrorKind::Request,
    LastRawMessageErrorKind: LastRawMessageErrorKind::Other,
}

/// The store holds what this library has not written.
pub(crate) fn damaged(what: impl Into<String>, source: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Damaged { what: what.into(), source: Some(source.into()) }
}

/// What an error means that came after a message had been sent. Where the server did not answer that it refused the
/// message, it may have stored it.
pub(crate) fn publish(operation: &'static str, error: PublishError) -> StoreError {
    let answer = error.source().and_then(|source| source.downcast_ref::<jetstream::Error>());
    match answer.map(jetstream::Error::error_code) {
        Some(code) if OUT_OF_ROOM.contains(&code) => StoreError::Full(error.into()),
        Some(_) => engine(operation, error),
        None if error.kind() == PublishErrorKind::MaxAckPending => engine(operation, error),
        None => StoreError::OutcomeUnknown(error.into()),
    }
}

const OUT_OF_ROOM: [ErrorCode; 3] = [
    ErrorCode::INSUFFICIENT_RESOURCES,
    ErrorCode::STORAGE_RESOURCES_EXCEEDED,
    ErrorCode::STREAM_STORE_FAILED,
];
