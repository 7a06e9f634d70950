//! A command on its way.

use std::{fmt, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use uuid::Uuid;

use crate::{
    clock::later,
    command::Command,
    event::Payload,
    message::{CausationId, CommandId, CorrelationId, Metadata, Version},
};

use super::{
    BusError, CloudEventError, EncodedMessage, Message,
    cloud_event::{CloudEvent, attribute},
};

/// A command on its way to its handler, wherever that runs.
///
/// The id goes with it, so that a command delivered twice is handled once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandMessage {
    /// The identity of the command.
    pub id: CommandId,
    /// Its name.
    pub name: SmolStr,
    /// The id of the aggregate it is for, as text: commands for one aggregate stay in order.
    pub key: SmolStr,
    /// The version the sender believes the aggregate to be at; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_version: Option<Version>,
    /// When it is to be handled; at once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Within which time after it is due, or after it was sent, it is to be begun; within any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<Duration>,
    /// Its content as JSON.
    pub payload: Payload,
    /// Who sent it, when, and in what context.
    pub metadata: Metadata,
}

impl CommandMessage {
    /// Returns the message of a command, with a new id and the metadata of a first cause. It is an error if the handler could not
    /// read the command back, or would read another.
    pub fn of<C: Command>(command: &C) -> Result<Self, BusError> {
        let (payload, _) = C::CODEC
            .read_back(command)
            .map_err(|source| BusError::Encode { name: C::NAME.to_owned(), source })?;
        Ok(Self::new(
            SmolStr::new_static(C::NAME),
            smol_str::format_smolstr!("{}", command.aggregate_id()),
            Payload::from_json(payload),
        ))
    }

    /// Returns the message of a command whose type is not at hand. The JSON is checked where the command is handled.
    pub fn from_json(name: impl Into<SmolStr>, key: impl Into<SmolStr>, json: impl Into<Box<str>>) -> Self {
        Self::new(name.into(), key.into(), Payload::from_json(json))
    }

    fn new(name: SmolStr, key: SmolStr, payload: Payload) -> Self {
        Self {
            id: CommandId::generate(),
            name,
            key,
            expected_version: None,
            due: None,
            expires_after: None,
            payload,
            metadata: Metadata::new(),
        }
    }

    /// Gives the command an id of the caller's. The same id is handled once, however often it is sent.
    #[must_use]
    pub fn id(self, id: CommandId) -> Self {
        Self { id, ..self }
    }

    /// Lets the command be handled only if the aggregate is at this version.
    #[must_use]
    pub fn expected_version(self, version: Version) -> Self {
        Self { expected_version: Some(version), ..self }
    }

    /// Lets the command be handled so much later than now, by this machine's clock. It waits in the store of whoever receives it. A
    /// worker of release 0.1.0 knows nothing of that, and handles it at once: update the workers first.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        self.at(later(Timestamp::now(), delay))
    }

    /// Lets the command be handled at a time; see [`after`](Self::after).
    #[must_use]
    pub fn at(self, time: Timestamp) -> Self {
        Self { due: Some(time), ..self }
    }

    /// Lets the command expire if it is not begun within a time after it is due, or after it was sent: then it is not handled, and
    /// counted as refused.
    #[must_use]
    pub fn expires_after(self, limit: Duration) -> Self {
        Self { expires_after: Some(limit), ..self }
    }

    /// By when it is to be begun.
    pub(super) fn expires(&self) -> Option<Timestamp> {
        self.expires_after.map(|limit| later(self.due.unwrap_or(self.metadata.time), limit))
    }

    /// Takes over all metadata, of a message that caused this one for example (see [`Metadata::caused_by`]).
    #[must_use]
    pub fn metadata(self, metadata: Metadata) -> Self {
        Self { metadata, ..self }
    }

    /// Makes the command part of an ongoing piece of business.
    #[must_use]
    pub fn correlation_id(mut self, id: CorrelationId) -> Self {
        self.metadata.correlation_id = id;
        self
    }

    /// Names the message that caused the command.
    #[must_use]
    pub fn causation_id(mut self, id: impl Into<CausationId>) -> Self {
        self.metadata.causation_id = Some(id.into());
        self
    }

    /// Says who sent it.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<SmolStr>) -> Self {
        self.metadata.actor = Some(actor.into());
        self
    }

    /// Says for whom it was sent.
    #[must_use]
    pub fn on_behalf_of(mut self, whom: impl Into<SmolStr>) -> Self {
        self.metadata.on_behalf_of = Some(whom.into());
        self
    }

    /// Says whose data it concerns.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<SmolStr>) -> Self {
        self.metadata.tenant = Some(tenant.into());
        self
    }

    /// Adds a free header; one of the same name is replaced.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.headers.insert(name.into(), value.into());
        self
    }
}

/// It names the command and shows nothing of its content, which may be a password.
impl fmt::Debug for CommandMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, key, expected_version, due, expires_after, payload, metadata } = self;
        formatter
            .debug_struct("CommandMessage")
            .field("id", id)
            .field("name", name)
            .field("key", key)
            .field("expected_version", expected_version)
            .field("due", due)
            .field("expires_after", expires_after)
            .field("payload", &format_args!("{} bytes", payload.as_json().len()))
            .field("metadata", metadata)
            .finish()
    }
}

impl Message for CommandMessage {
    const KIND: &'static str = "command";

    fn id(&self) -> Uuid {
        self.id.as_uuid()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn key(&self) -> SmolStr {
        self.key.clone()
    }

    fn encode(&self) -> Result<EncodedMessage, BusError> {
        let Self { id, name, key, expected_version, due, expires_after, payload, metadata } = self;
        let expires_after =
            expires_after.map(|limit| SignedDuration::try_from(limit).unwrap_or(SignedDuration::MAX));
        CloudEvent::new("/commands", id.as_uuid(), name, key.as_str(), metadata, payload)
            .with_text_of(attribute::EXPECTED_VERSION, expected_version.as_ref())
            .with_text_of(attribute::DUE, due.as_ref())
            .with_text_of(attribute::EXPIRES_AFTER, expires_after)
            .with_metadata(metadata)
            .encode(id.as_uuid(), name, key.clone())
    }

    fn decode(message: &EncodedMessage) -> Result<Self, CloudEventError> {
        let mut event = CloudEvent::decode(&message.body)?;
        event.require(attribute::SOURCE)?;
        let expires_after = event.parse_optional::<SignedDuration>(attribute::EXPIRES_AFTER)?;
        Ok(Self {
            id: event.parse(attribute::ID)?,
            name: event.require(attribute::TYPE)?.into(),
            key: event.require(attribute::SUBJECT)?.into(),
            expected_version: event.parse_optional(attribute::EXPECTED_VERSION)?.map(Version::new),
            due: event.parse_optional(attribute::DUE)?,
            // One that is over before it begins lets nothing begin.
            expires_after: expires_after.map(|limit| Duration::try_from(limit).unwrap_or_default()),
            payload: event.data().clone(),
            metadata: event.into_metadata()?,
        })
    }
}
