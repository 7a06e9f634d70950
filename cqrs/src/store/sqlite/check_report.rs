//! What a check finds.

use crate::message::{Position, StreamId, Version};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// How many events there are.
    pub events: u64,
    /// What is wrong; empty for a sound store.
    pub problems: Vec<Problem>,
}

impl CheckReport {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
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
