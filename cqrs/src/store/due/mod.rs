//! What waits for a time.

mod kept;
mod query;
mod store;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use kept::KeptSchedule;
pub use query::DueQuery;
pub use store::ScheduleStore;

/// Something that waits for a time, kept until then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// What names it: one thing waits under a key.
    pub key: DueKey,
    /// When it is due.
    pub due: Timestamp,
    /// What it is for, such as the name of a command: who does not know it leaves the row alone.
    pub owner: String,
    /// What is to be done, as JSON.
    pub payload: String,
}

/// What names something that waits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DueKey {
    /// What it is.
    pub kind: DueKind,
    /// Which one of its kind.
    pub key: String,
}

/// What waits for a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DueKind {
    /// A command that is to be dispatched; its key is its id.
    Command,
    /// An event that an event handler is to be called for again.
    Retry,
    /// A timer of a process; its key is its id, and it is for the process manager of this name.
    Timer,
}

impl DueKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[Self::Command, Self::Retry, Self::Timer];

    /// Returns the kind as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Retry => "retry",
            Self::Timer => "timer",
        }
    }
}

impl DueKey {
    /// Returns the key of a kind.
    pub fn new(kind: DueKind, key: impl Into<String>) -> Self {
        Self { kind, key: key.into() }
    }
}

impl fmt::Display for DueKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind.as_str(), self.key)
    }
}
