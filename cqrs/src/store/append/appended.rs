//! Where a write landed.

use serde::{Deserialize, Serialize};

use crate::message::{Position, StreamId, Version};

/// Where a write landed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appended {
    /// The streams that got events, in the order of the write.
    pub streams: Vec<AppendedStream>,
}

impl Appended {
    /// Returns the position of the last event of the write.
    pub fn last_position(&self) -> Position {
        self.streams.iter().map(|stream| stream.last_position).max().unwrap_or(Position::START)
    }

    /// Returns how many events were stored.
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
    /// Returns how many events were stored.
    pub fn count(&self) -> u64 {
        self.last_version.get() + 1 - self.first_version.get()
    }
}
