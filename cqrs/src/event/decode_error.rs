//! Why a stored event could not be read.

use std::ops::Deref;

use crate::{
    error_chain::because,
    json::JsonError,
    message::{Position, StreamId, Version},
};

/// A stored event that cannot be turned back into a value. It names the event's place, so that it can be
/// found; nothing is ever put in its stead.
///
/// The details are behind a pointer, so that decoding, which seldom fails, does not carry room for them.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DecodeError(#[from] Box<UndecodableEvent>);

impl DecodeError {
    /// What is wrong, without the place.
    pub(crate) fn into_reason(self) -> DecodeReason {
        self.0.reason
    }
}

impl Deref for DecodeError {
    type Target = UndecodableEvent;

    fn deref(&self) -> &UndecodableEvent {
        &self.0
    }
}

/// Which event cannot be decoded, and why.
#[derive(Debug, thiserror::Error)]
#[error(
    "event `{name}` (schema version {schema_version}) at position {position}, version {version} of stream {stream}: {reason}"
)]
pub struct UndecodableEvent {
    /// Where it stands in the store.
    pub position: Position,
    /// Whose event it is.
    pub stream: StreamId,
    /// Where it stands in its stream.
    pub version: Version,
    /// Its stored name.
    pub name: String,
    /// The stored version of its schema.
    pub schema_version: u32,
    /// What is wrong with it.
    #[source]
    pub reason: DecodeReason,
}

/// What is wrong with a stored event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeReason {
    /// No event type of the reader has this name or alias.
    #[error("no event type is stored under this name")]
    UnknownName,
    /// The type is known, in an older form than the stored one.
    #[error("the schema version is newer than the known one, {known}")]
    NewerSchema {
        /// The newest version this program knows.
        known: u32,
    },
    /// The type is known, and nothing leads from the stored form to the present one.
    #[error("the schema version is older than the present one, {known}, and nothing turns it into that")]
    OlderSchema {
        /// The version this program writes.
        known: u32,
    },
    /// The payload is not JSON or does not fit the type.
    #[error("the payload does not decode{}", because(.0))]
    Payload(#[source] JsonError),
    /// The metadata is not JSON or does not fit.
    #[error("the metadata does not decode{}", because(.0))]
    Metadata(#[source] JsonError),
    /// The metadata was asked for, while the event was read for its content only.
    #[error("the metadata was left out, as the query asked")]
    LeftOut,
    /// A column holds what cannot be there.
    #[error("column `{column}` is damaged: {found}")]
    Damaged {
        /// The column or field.
        column: &'static str,
        /// What was found there.
        found: String,
    },
}
