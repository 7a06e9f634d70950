//! What is written: events to one or several streams, and the command they answer.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    event::Payload,
    message::{CommandId, EventId, Metadata, Position, StreamId, Tag, Version},
};

use super::StoreError;

/// One atomic write: all of it is stored, or nothing.
#[derive(Clone, Debug)]
pub struct Append {
    /// What goes to which stream; a stream may occur once.
    pub writes: Vec<StreamWrite>,
    /// The command the write answers. Its id is stored in the same transaction and never accepted twice.
    pub command: Option<CommandClaim>,
    /// Who caused the events, when, and in which connection; the same for all of them.
    pub metadata: Metadata,
}

impl Append {
    /// Refuses what no store takes: a write without events, or with one stream named twice.
    pub fn check_shape(&self) -> Result<(), StoreError> {
        if self.writes.iter().all(|write| write.events.is_empty()) {
            return Err(StoreError::EmptyAppend);
        }
        for (index, write) in self.writes.iter().enumerate() {
            if self.writes[..index].iter().any(|before| before.stream == write.stream) {
                return Err(StoreError::StreamTwice(write.stream.clone()));
            }
        }
        Ok(())
    }
}

impl StreamWrite {
    /// Refuses the write if its stream, at version `actual`, is not where the writer believed it to be.
    pub fn check_expectation(&self, actual: Version) -> Result<(), StoreError> {
        if self.expected.holds(actual) {
            return Ok(());
        }
        Err(StoreError::Conflict { stream: self.stream.clone(), expected: self.expected, actual })
    }
}

/// What goes to one stream.
#[derive(Clone, Debug)]
pub struct StreamWrite {
    /// The stream.
    pub stream: StreamId,
    /// What the writer believes of the stream; the write happens only if it holds.
    pub expected: Expected,
    /// The events, in order. Without any, only the expectation is checked.
    pub events: Vec<NewEvent>,
}

/// What a writer believes of a stream before its write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It has no events.
    NoStream,
    /// Its last event has this version; [`Version::NONE`] is the same as [`Expected::NoStream`].
    Exactly(Version),
    /// It has at least one event.
    Exists,
    /// Nothing.
    Any,
}

impl Expected {
    /// Whether the belief holds for a stream at `actual`.
    pub fn holds(self, actual: Version) -> bool {
        match self {
            Self::NoStream => actual == Version::NONE,
            Self::Exactly(version) => actual == version,
            Self::Exists => actual != Version::NONE,
            Self::Any => true,
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStream => formatter.write_str("no stream"),
            Self::Exactly(version) => write!(formatter, "version {version}"),
            Self::Exists => formatter.write_str("an existing stream"),
            Self::Any => formatter.write_str("anything"),
        }
    }
}

/// An event about to be stored. Its version and position follow from where it lands.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its identity.
    pub id: EventId,
    /// Its stored name.
    pub name: SmolStr,
    /// The version of its payload's schema.
    pub schema_version: u32,
    /// Its content as JSON.
    pub payload: Payload,
    /// What it can be found by, across streams.
    pub tags: Vec<Tag>,
}

/// The identity of a command, claimed by the write that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandClaim {
    /// Its identity.
    pub id: CommandId,
    /// Its name.
    pub name: SmolStr,
    /// What tells another command with the same id from this one.
    pub fingerprint: Fingerprint,
}

/// A digest of a command's name and payload: the first 128 bits of their SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The digest of a command.
    pub fn of(name: &str, payload: &[u8]) -> Self {
        use sha2::{Digest, Sha256};
        let digest = Sha256::new().chain_update(name).chain_update([0]).chain_update(payload).finalize();
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        Self(first)
    }

    /// Takes over a stored digest.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The digest as bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

/// Where a write landed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appended {
    /// The streams that got events, in the order of the write.
    pub streams: Vec<AppendedStream>,
}

impl Appended {
    /// The position of the last event of the write.
    pub fn last_position(&self) -> Position {
        self.streams.iter().map(|stream| stream.last_position).max().unwrap_or(Position::START)
    }

    /// How many events were stored.
    pub fn count(&self) -> u64 {
        self.streams.iter().map(AppendedStream::count).sum()
    }
}

/// Where the events of one stream landed. The events of one write to one stream have versions without gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendedStream {
    /// The stream.
    pub stream: StreamId,
    /// The version of the first event.
    pub first_version: Version,
    /// The version of the last event.
    pub last_version: Version,
    /// The position of the first event.
    pub first_position: Position,
    /// The position of the last event.
    pub last_position: Position,
}

impl AppendedStream {
    /// How many events were stored.
    pub fn count(&self) -> u64 {
        self.last_version.get() + 1 - self.first_version.get()
    }
}

/// A command that was handled, with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedCommand {
    /// Its identity, its name, its fingerprint.
    pub claim: CommandClaim,
    /// Where its events are.
    pub appended: Appended,
}

impl RecordedCommand {
    /// Why a write that claims this command's id again is refused: as a repetition, or as another command.
    pub fn refusal_of(self, claim: &CommandClaim) -> StoreError {
        if self.claim.fingerprint == claim.fingerprint {
            StoreError::AlreadyHandled(Box::new(self))
        } else {
            StoreError::CommandIdReused { id: claim.id, name: self.claim.name.to_string() }
        }
    }
}
