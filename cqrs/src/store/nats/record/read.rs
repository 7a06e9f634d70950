//! From a message to its events.

use async_nats::HeaderMap;

use crate::{
    event::{StoredEvent, StoredMetadata},
    json,
    message::{CommandId, CorrelationId, Position, StreamId, Tag, Version},
    store::{Appended, AppendedStream, CommandForm, EventQuery, Fingerprint, RecordedCommand, StoreError},
};

use super::{Body, COMMAND_FORM, COMMAND_ID, FIRST_VERSION, HeaderForm, damage, header, sound};
use crate::store::nats::sequence;

/// A message of the log, its body decoded as far as reading its events needs.
pub(in crate::store::nats) struct Record<'a> {
    sequence: u64,
    first_version: Version,
    form: Option<CommandForm>,
    body: Body<'a>,
}

impl<'a> Record<'a> {
    pub(in crate::store::nats) fn read(
        sequence: u64,
        subject: &str,
        headers: Option<&HeaderMap>,
        payload: &'a [u8],
    ) -> Result<Self, StoreError> {
        let first_version = header(headers, FIRST_VERSION).and_then(|text| text.parse().ok());
        let body: Result<Body<'a>, _> = json::parse(payload);
        match (first_version, body) {
            (Some(first), Ok(body)) => {
                sound::check(sequence, subject, headers, first, &body)?;
                let form = form(headers).map_err(|error| damage::contradicts(sequence, subject, &error))?;
                Ok(Self { sequence, first_version: Version::new(first), form, body })
            }
            (first, body) => Err(damage::of(sequence, subject, first, payload, body.err())),
        }
    }

    /// The error that something is wrong with this message.
    pub(in crate::store::nats) fn contradicts(&self, subject: &str, what: &str) -> StoreError {
        damage::contradicts(self.sequence, subject, what)
    }

    pub(in crate::store::nats) fn stream(&self) -> StreamId {
        StreamId::new(&*self.body.stream.category, &*self.body.stream.key)
    }

    pub(in crate::store::nats) fn is_of(&self, stream: &StreamId) -> bool {
        self.body.stream.category == stream.category() && self.body.stream.key == stream.key()
    }

    pub(in crate::store::nats) fn category(&self) -> &str {
        &self.body.stream.category
    }

    /// The version of its first event; that after the end of its stream if it has none.
    pub(in crate::store::nats) fn first_version(&self) -> Version {
        self.first_version
    }

    /// Where the stream ends with this message.
    pub(in crate::store::nats) fn last_version(&self) -> Version {
        Version::new(self.first_version.get() - 1 + self.count())
    }

    /// How many events it has.
    pub(in crate::store::nats) fn count(&self) -> u64 {
        self.body.events.len() as u64
    }

    /// The events in order, with what they can be found by.
    pub(in crate::store::nats) fn events(&self) -> impl Iterator<Item = (StoredEvent<'_>, Tags<'_>)> {
        let (count, first_version) = (self.count(), self.first_version.get());
        (0..).zip(&self.body.events).map(move |(index, event)| {
            let stored = StoredEvent {
                position: sequence::position(self.sequence, count - 1 - index),
                category: &self.body.stream.category,
                key: &self.body.stream.key,
                version: Version::new(first_version + index),
                id: event.id,
                name: &event.name,
                schema_version: event.schema_version,
                payload: event.payload.get(),
                metadata: StoredMetadata::Json(self.body.metadata.get()),
            };
            (stored, Tags(&event.tags))
        })
    }

    /// Whether a query that asks for metadata may want events of this message, all of which share it.
    pub(in crate::store::nats) fn metadata_matches(&self, query: &EventQuery) -> Result<bool, StoreError> {
        if query.correlation_id.is_none() && query.since.is_none() && query.until.is_none() {
            return Ok(true);
        }
        let Some((first, _)) = self.events().next() else { return Ok(false) };
        let metadata = first.metadata()?;
        let is_of = |id: CorrelationId| id == metadata.correlation_id;
        Ok(query.correlation_id.is_none_or(is_of)
            && query.since.is_none_or(|since| metadata.time >= since)
            && query.until.is_none_or(|until| metadata.time < until))
    }

    /// The command the message answers, and where its events are.
    pub(in crate::store::nats) fn command(&self) -> Option<RecordedCommand> {
        let command = self.body.command.as_ref()?;
        let appended = appended(self.stream(), self.sequence, self.first_version, self.count());
        let name = (&*command.name).into();
        Some(RecordedCommand {
            id: command.id,
            name,
            form: self.form,
            appended,
            refusal: command.refusal.clone(),
        })
    }
}

/// The form of the message's command; `None` if it is of release 0.1.0, or there is no command.
fn form(headers: Option<&HeaderMap>) -> Result<Option<CommandForm>, String> {
    let Some(text) = header(headers, COMMAND_FORM) else { return Ok(None) };
    let wrong = |error: &dyn std::fmt::Display| format!("its header `{COMMAND_FORM}` is none: {error}");
    let HeaderForm { version, shape, digest } =
        json::parse(text.as_bytes()).map_err(|error| wrong(&error))?;
    let digest = digest.map(|digits| u128::from_str_radix(&digits, 16)).transpose();
    let digest = digest.map_err(|error| wrong(&error))?;
    let digest = digest.map(|digest| Fingerprint::from_bytes(digest.to_be_bytes()));
    Ok(Some(CommandForm { version, shape, digest }))
}

/// What an event can be found by.
pub(in crate::store::nats) struct Tags<'a>(&'a [std::borrow::Cow<'a, str>]);

impl Tags<'_> {
    pub(in crate::store::nats) fn contain(&self, tag: &Tag) -> bool {
        self.0.iter().any(|held| held == tag.as_str())
    }
}

/// Where so many events landed; nowhere, if there are none.
pub(in crate::store::nats) fn appended(
    stream: StreamId,
    sequence: u64,
    first_version: Version,
    count: u64,
) -> Appended {
    if count == 0 {
        return Appended { streams: Vec::new() };
    }
    let first_position: Position = sequence::position(sequence, count - 1);
    let written = AppendedStream {
        stream,
        first_version,
        last_version: Version::new(first_version.get() + count - 1),
        first_position,
        last_position: sequence::position(sequence, 0),
    };
    Appended { streams: vec![written] }
}

/// Whether a message of these headers answers this command.
pub(in crate::store::nats) fn answers(headers: &HeaderMap, id: CommandId) -> bool {
    header(Some(headers), COMMAND_ID).and_then(|text| text.parse().ok()) == Some(id)
}
