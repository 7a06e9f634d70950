//! An event on its way out of the process.

use smol_str::SmolStr;
use uuid::Uuid;

use crate::{
    event::{Envelope, RecordedEvent},
    message::{Position, StreamId, Version},
};

use super::{
    BusError, CloudEventError, EncodedMessage, Message,
    cloud_event::{CloudEvent, attribute},
};

/// An event on its way: what the log has of it. The position and the version let a receiver see doubles and gaps.
pub type EventMessage = RecordedEvent;

impl Message for RecordedEvent {
    const KIND: &'static str = "event";

    fn id(&self) -> Uuid {
        self.envelope.id.as_uuid()
    }

    fn name(&self) -> &str {
        &self.envelope.name
    }

    fn key(&self) -> SmolStr {
        smol_str::format_smolstr!("{}", self.envelope.stream)
    }

    fn place(&self) -> Option<(&StreamId, Version)> {
        Some((&self.envelope.stream, self.envelope.version))
    }

    fn encode(&self) -> Result<EncodedMessage, BusError> {
        let Self { position, envelope, payload } = self;
        let Envelope { id, stream, version, name, schema_version, metadata } = envelope;
        let key = self.key();
        CloudEvent::new("/events", id.as_uuid(), name, key.as_str(), metadata, payload)
            .with(attribute::SCHEMA_VERSION, schema_version.to_string())
            .with(attribute::STREAM_CATEGORY, stream.category())
            .with(attribute::STREAM_VERSION, version.to_string())
            .with(attribute::POSITION, position.to_string())
            .with_metadata(metadata)
            .encode(id.as_uuid(), name, key.clone())
    }

    fn decode(message: &EncodedMessage) -> Result<Self, CloudEventError> {
        let mut event = CloudEvent::decode(&message.body)?;
        event.require(attribute::SOURCE)?;
        let position = Position::new(event.parse(attribute::POSITION)?);
        let (id, stream) = (event.parse(attribute::ID)?, stream(&mut event)?);
        let version = version(&mut event, position)?;
        let name = event.require(attribute::TYPE)?.into();
        let schema_version = event.parse(attribute::SCHEMA_VERSION)?;
        let payload = event.data().clone();
        let metadata = event.into_metadata()?;
        let envelope = Envelope { id, stream, version, name, schema_version, metadata };
        Ok(Self { position, envelope, payload })
    }
}

/// The version. Each event before it in its stream stands at a position of its own, so it is never above the position.
fn version(event: &mut CloudEvent<'_>, position: Position) -> Result<Version, CloudEventError> {
    let version = event.parse(attribute::STREAM_VERSION)?;
    if (1..=position.get()).contains(&version) && i64::try_from(position.get()).is_ok() {
        return Ok(Version::new(version));
    }
    let what = format!("no event of version {version} stands at position {position}");
    Err(CloudEventError::invalid(attribute::STREAM_VERSION, version.to_string(), what))
}

/// The stream: its category is an attribute, and its key what the subject has behind that.
fn stream(event: &mut CloudEvent<'_>) -> Result<StreamId, CloudEventError> {
    let category = event.require(attribute::STREAM_CATEGORY)?;
    let subject = event.require(attribute::SUBJECT)?;
    match subject.strip_prefix(&category).and_then(|rest| rest.strip_prefix('/')) {
        Some(key) => Ok(StreamId::new(category, key)),
        None => {
            Err(CloudEventError::invalid(attribute::SUBJECT, subject, "it is not of the stream's category"))
        }
    }
}
