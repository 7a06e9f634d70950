//! What a dispatched command gives.

use crate::{
    message::{CommandId, Position, Version},
    store::Appended,
};

/// What came of a command: where its events are. With it one can wait for a projection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The identity of the command.
    pub command_id: CommandId,
    /// Where its events are; no streams if it decided that nothing happens.
    pub appended: Appended,
    /// Whether this is the outcome of an earlier dispatch of the same command.
    pub repeated: bool,
}

impl Receipt {
    /// The position of the last event; [`Position::START`] if there are none.
    pub fn position(&self) -> Position {
        self.appended.last_position()
    }

    /// The version of the last event in its stream, the first stream where there are several;
    /// [`Version::NONE`] if there are none.
    pub fn version(&self) -> Version {
        self.appended.streams.first().map_or(Version::NONE, |stream| stream.last_version)
    }

    /// How many events there are.
    pub fn event_count(&self) -> u64 {
        self.appended.count()
    }
}
