//! An event as a store hands it out, before anything of it is decoded.

use std::fmt;

use crate::message::{EventId, Metadata, Position, StreamId, Version};

use super::{
    DecodeError, DecodeReason, Envelope, Event, EventKinds, Payload, RecordedEvent, UndecodableEvent,
};

/// A borrowed view of one event in the store. Stores pass it to a visitor while the row is at hand, so that
/// folding a stream copies nothing.
#[derive(Clone, Copy)]
pub struct StoredEvent<'a> {
    /// Where it stands in the store; [`Position::START`] for an event that is not stored yet.
    pub position: Position,
    /// The kind of aggregate.
    pub category: &'a str,
    /// Which aggregate.
    pub key: &'a str,
    /// Where it stands in its stream.
    pub version: Version,
    /// Its identity; nil where the metadata is left out.
    pub id: EventId,
    /// Its stored name.
    pub name: &'a str,
    /// The version of its payload's schema.
    pub schema_version: u32,
    /// Its content as JSON.
    pub payload: &'a str,
    /// What it says about itself.
    pub metadata: StoredMetadata<'a>,
}

/// Metadata as a store keeps it: most keep JSON, which is decoded only where somebody asks for it.
#[derive(Clone, Copy)]
pub enum StoredMetadata<'a> {
    /// A JSON object.
    Json(&'a str),
    /// The value itself.
    Value(&'a Metadata),
    /// Left out, because the reader asked for contents only.
    LeftOut,
}

/// The content may be anybody's secret, and stays out of logs.
impl fmt::Debug for StoredEvent<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { position, category, key, version, id, name, schema_version, payload, metadata } = self;
        formatter
            .debug_struct("StoredEvent")
            .field("position", position)
            .field("stream", &format_args!("{category}/{key}"))
            .field("version", version)
            .field("id", id)
            .field("name", name)
            .field("schema_version", schema_version)
            .field("payload", &format_args!("{} bytes", payload.len()))
            .field("metadata", metadata)
            .finish()
    }
}

impl fmt::Debug for StoredMetadata<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(json) => write!(formatter, "Json({} bytes)", json.len()),
            Self::Value(metadata) => metadata.fmt(formatter),
            Self::LeftOut => formatter.write_str("LeftOut"),
        }
    }
}

impl StoredEvent<'_> {
    /// Returns whether this is an event of type `E`.
    #[inline]
    pub fn is<E: Event>(&self) -> bool {
        self.is_of(&E::KINDS)
    }

    /// Returns whether this is an event of one of these kinds.
    #[inline]
    pub fn is_of(&self, kinds: &EventKinds) -> bool {
        kinds.find(self.name).is_some()
    }

    /// Returns the event as a value of type `E`.
    #[inline]
    pub fn decode<E: Event>(&self) -> Result<E, DecodeError> {
        E::decode(self)
    }

    /// Returns the metadata as a value.
    pub fn metadata(&self) -> Result<Metadata, DecodeError> {
        match self.metadata {
            StoredMetadata::Value(metadata) => Ok(metadata.clone()),
            StoredMetadata::LeftOut => Err(self.error(DecodeReason::LeftOut)),
            StoredMetadata::Json(json) => {
                crate::json::decode(json).map_err(|cause| self.error(DecodeReason::Metadata(cause)))
            }
        }
    }

    /// Returns the envelope, with the metadata decoded.
    pub fn to_envelope(&self) -> Result<Envelope, DecodeError> {
        Ok(Envelope {
            id: self.id,
            stream: self.stream(),
            version: self.version,
            name: self.name.into(),
            schema_version: self.schema_version,
            metadata: self.metadata()?,
        })
    }

    /// Returns an owned copy, with the metadata decoded.
    pub fn to_recorded(&self) -> Result<RecordedEvent, DecodeError> {
        Ok(RecordedEvent {
            position: self.position,
            envelope: self.to_envelope()?,
            payload: Payload::from_json(self.payload),
        })
    }

    /// Returns the name of the stream it stands in.
    pub fn stream(&self) -> StreamId {
        StreamId::new(self.category, self.key)
    }

    /// Returns the error that nobody knows an event of this name.
    #[cold]
    pub fn unknown(&self) -> DecodeError {
        self.error(DecodeReason::UnknownName)
    }

    /// Returns an error about this event.
    #[cold]
    pub fn error(&self, reason: DecodeReason) -> DecodeError {
        DecodeError::from(Box::new(UndecodableEvent {
            position: self.position,
            stream: self.stream(),
            version: self.version,
            name: self.name.to_owned(),
            schema_version: self.schema_version,
            reason,
        }))
    }
}
