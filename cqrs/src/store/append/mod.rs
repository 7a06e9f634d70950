//! What is written: events to one or several streams, and the command they answer.

mod appended;
mod command;
mod expected;
mod fingerprint;
mod refusal;
mod shape;

use smol_str::SmolStr;

use crate::{
    event::Payload,
    message::{EventId, Metadata, StreamId, Tag, Version},
};

use super::StoreError;

pub use appended::{Appended, AppendedStream};
pub use command::{CommandClaim, CommandForm, RecordedCommand};
pub use expected::Expected;
pub use fingerprint::Fingerprint;
pub use refusal::{Refusal, RefusalReason};

/// One atomic write: all of it is stored, or nothing.
///
/// It has events, or a command, or both. With a command and no events it is the record of a decision that nothing happens:
/// the command is never decided again, and the expectations say on what the decision was based.
#[derive(Clone, Debug)]
pub struct Append {
    /// What goes to which stream; a stream may occur once.
    pub writes: Vec<StreamWrite>,
    /// The command the write answers. Its id is stored in the same transaction and never accepted twice.
    pub command: Option<CommandClaim>,
    /// Who caused the events, when, and in what context; the same for all of them.
    pub metadata: Metadata,
}

/// What goes to one stream.
#[derive(Clone, Debug)]
pub struct StreamWrite {
    /// The stream.
    pub stream: StreamId,
    /// What the writer believes of the stream; the write happens only if it holds.
    pub expected: Expected,
    /// The events, in order. Without any, the write is a guard: its expectation is checked with the others.
    pub events: Vec<NewEvent>,
}

impl StreamWrite {
    /// Returns whether it only checks its expectation. Any number of appends may guard a stream at the same time, where the store
    /// can write several at once; whoever writes to it conflicts with none of them, and they with nobody but the writer.
    pub fn is_guard(&self) -> bool {
        self.events.is_empty()
    }

    /// Refuses the write if its stream, at version `actual`, is not where the writer believed it to be.
    pub fn check_expectation(&self, actual: Version) -> Result<(), StoreError> {
        if self.expected.holds(actual) {
            return Ok(());
        }
        Err(StoreError::Conflict { stream: self.stream.clone(), expected: self.expected, actual })
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
