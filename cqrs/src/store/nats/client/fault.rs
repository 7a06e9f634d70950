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
    let kind = error.kind();
    if kind.is_unanswered() || kind.answer().is_some_and(is_away) {
        StoreError::unavailable(operation, error)
    } else {
        engine(operation, error)
    }
}

/// An answer of the server to a request.
pub(crate) fn answer(operation: &'static str, error: jetstream::Error) -> StoreError {
    if is_away(&error) { StoreError::unavailable(operation, error) } else { engine(operation, error) }
}

/// Whether the server answers that it, or what it needs of other servers, is not there at present.
///
/// Invariant: what waits for an outage to pass waits for ever if it is none. So a stream that is not there is none, nor is
/// one for which there are too few servers.
fn is_away(error: &jetstream::Error) -> bool {
    AWAY.contains(&error.error_code())
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

    /// What the server answered, if it did.
    fn answer(&self) -> Option<&jetstream::Error>;
}

macro_rules! unanswered {
    ($($kind:ty: $pattern:pat => $($answer:ident)?;)*) => {
        $(impl Unanswered for $kind {
            fn is_unanswered(&self) -> bool {
                matches!(self, $pattern)
            }

            fn answer(&self) -> Option<&jetstream::Error> {
                $(if let Self::$answer(error) = self {
                    return Some(error);
                })?
                None
            }
        })*
    };
}

// What is no answer: no such host, refused, reset, cut off, nobody there or nothing in time.
unanswered! {
    ConnectErrorKind: ConnectErrorKind::Dns | ConnectErrorKind::TimedOut | ConnectErrorKind::Io =>;
    SubscribeErrorKind: SubscribeErrorKind::Other =>;
    async_nats::PublishErrorKind: async_nats::PublishErrorKind::Send =>;
    RequestErrorKind: RequestErrorKind::NoResponders | RequestErrorKind::TimedOut | RequestErrorKind::Other =>;
    GetStreamErrorKind: GetStreamErrorKind::Request => JetStream;
    CreateStreamErrorKind: CreateStreamErrorKind::JetStreamUnavailable
        | CreateStreamErrorKind::TimedOut
        | CreateStreamErrorKind::Response => JetStream;
    ConsumerErrorKind: ConsumerErrorKind::TimedOut | ConsumerErrorKind::Request => JetStream;
    PurgeErrorKind: PurgeErrorKind::TimedOut | PurgeErrorKind::Request => JetStream;
    DeleteMessageErrorKind: DeleteMessageErrorKind::TimedOut | DeleteMessageErrorKind::Request => JetStream;
    LastRawMessageErrorKind: LastRawMessageErrorKind::Other => JetStream;
}

/// Whether the client says that no server was reached.
pub(crate) fn is_unreached(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<ConnectError>().is_some_and(|error| error.kind().is_unanswered())
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
        Some(code) if AWAY.contains(&code) => StoreError::unavailable(operation, error),
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

/// What a server answers that cannot do anything at present, whatever it is asked.
const AWAY: [ErrorCode; 13] = [
    // JetStream was switched off, by its administrator or because its disk failed.
    ErrorCode::JETSTREAM_NOT_ENABLED,
    ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT,
    // Too few servers of the cluster are there to agree on anything, or they are about to.
    ErrorCode::CLUSTER_NOT_AVAILABLE,
    ErrorCode::CLUSTER_INCOMPLETE,
    ErrorCode::CLUSTER_NOT_ACTIVE,
    ErrorCode::CLUSTER_NOT_ASSIGNED,
    ErrorCode::CLUSTER_NOT_LEADER,
    ErrorCode::RAFT_GENERAL,
    ErrorCode::STREAM_OFFLINE,
    ErrorCode::CONSUMER_OFFLINE,
    // It has more to do than it can.
    ErrorCode::STREAM_TOO_MANY_REQUESTS,
    ErrorCode::STREAM_EXPECTED_LAST_SEQ_PER_SUBJECT_NOT_READY,
    // It could not write or read its own files.
    ErrorCode::TEMP_STORAGE_FAILED,
];
