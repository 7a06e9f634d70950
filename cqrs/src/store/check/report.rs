//! What a check finds.

use smol_str::SmolStr;

use crate::{
    event::StoredEvent,
    message::{Position, StreamId, Version},
};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// How many events there are.
    pub events: u64,
    /// What is wrong; empty for a sound store.
    pub problems: Vec<Problem>,
    /// The types of the events that can be read, in the order in which they first occur. Which of them the program does
    /// not know, [`Registry::unknown`](crate::registry::Registry::unknown) tells.
    pub types: Vec<StoredType>,
}

/// A type of event, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredType {
    /// The stored name.
    pub name: SmolStr,
    /// The version of the payload's schema.
    pub schema_version: u32,
    /// How many events there are of it.
    pub events: u64,
    /// Where the first of them stands.
    pub first: Position,
}

impl CheckReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// One more event, and what is wrong with it.
    pub(crate) fn take_in(&mut self, position: Position, event: Result<StoredEvent<'_>, String>) {
        self.events += 1;
        match event {
            Ok(event) => self.count(&event),
            Err(what) => self.problems.push(Problem::Event { position, what }),
        }
    }

    fn count(&mut self, event: &StoredEvent<'_>) {
        let same = |known: &&mut StoredType| {
            known.name == event.name && known.schema_version == event.schema_version
        };
        match self.types.iter_mut().find(same) {
            Some(known) => known.events += 1,
            None => self.types.push(StoredType {
                name: event.name.into(),
                schema_version: event.schema_version,
                events: 1,
                first: event.position,
            }),
        }
    }
}

/// Something that is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// SQLite finds the file damaged.
    File {
        /// What it says.
        what: String,
    },
    /// The versions of a stream are not 1, 2, 3, ….
    VersionGap {
        /// The event after the gap.
        position: Position,
        /// Its stream.
        stream: StreamId,
        /// The version it should have.
        expected: Version,
        /// The version it has.
        found: Version,
    },
    /// An event cannot be read.
    Event {
        /// Where it stands.
        position: Position,
        /// What is wrong, with the event's stream, version and name.
        what: String,
    },
    /// The record of a command points to events that are not there.
    Command {
        /// Its identity, as stored.
        id: String,
        /// The position of its first event.
        position: Position,
    },
}
