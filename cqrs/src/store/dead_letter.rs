//! An event that could not be handled, or that waits behind such a one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::{Position, StreamId, Version};

/// What names a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeadLetterKey {
    /// The subscription that could not handle the event.
    pub handler: String,
    /// The stream, which is parked.
    pub stream: StreamId,
    /// The event's place.
    pub position: Position,
}

/// What is the matter with a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadLetterState {
    /// Its event failed for good; it parks the stream.
    Failed,
    /// Its event waits behind one that failed.
    Queued,
    /// A retry was asked for: its event is to be handled again.
    Retrying,
    /// Its event failed, and is to be tried again at [`DeadLetter::retry_at`]; until then it parks the stream.
    Waiting,
    /// Its event is handled, or was skipped; what waits behind it in the log is being handled.
    Resuming,
}

impl DeadLetter {
    /// Whether its owner may keep it in the place of one in this state: an event that somebody skipped since it was called does
    /// not fail any more.
    pub(crate) fn may_replace(&self, present: DeadLetterState) -> bool {
        present != DeadLetterState::Resuming || self.state == DeadLetterState::Resuming
    }
}

impl DeadLetterState {
    /// Returns whether somebody has to see to it, or to the letter before it: neither waits it for a time, nor is its event
    /// done.
    pub fn is_dead(self) -> bool {
        !matches!(self, Self::Waiting | Self::Resuming)
    }
}

/// Where the events are that wait behind a dead letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterQueue {
    /// Each has a letter of its own, which is [`DeadLetterState::Queued`]: those of a projection and of a relay.
    #[default]
    Letters,
    /// Nowhere but in the log: those of an event handler. It handles them once the letter is
    /// [`DeadLetterState::Resuming`].
    Log,
}

/// An event a subscription could not handle, or that waits behind such a one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// What names it.
    pub key: DeadLetterKey,
    /// The version of the event in its stream.
    pub version: Version,
    /// What is the matter with it.
    pub state: DeadLetterState,
    /// How often the event was tried.
    pub attempts: u32,
    /// The last error and its causes; empty for one that only waits.
    pub error: String,
    /// When it was first put here.
    pub time: Timestamp,
    /// When its event is to be tried again, of one that is [`DeadLetterState::Waiting`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Where the events are that wait behind it.
    #[serde(default)]
    pub queue: LetterQueue,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl DeadLetterState {
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Failed, "failed"),
        (Self::Queued, "queued"),
        (Self::Retrying, "retrying"),
        (Self::Waiting, "waiting"),
        (Self::Resuming, "resuming"),
    ];

    /// Its name in a column.
    pub(crate) fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    /// The state of this name.
    pub(crate) fn named(text: &str) -> Result<Self, UnknownName> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text);
        found.map(|(state, _)| *state).ok_or_else(|| UnknownName { what: "state", name: text.into() })
    }
}

#[cfg(feature = "nats")]
impl LetterQueue {
    /// Whether it is what every letter of release 0.1.0 has.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks it so")]
    pub(crate) fn is_letters(&self) -> bool {
        *self == Self::Letters
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl LetterQueue {
    /// Its name in a column.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Letters => "letters",
            Self::Log => "log",
        }
    }

    /// The queue of this name.
    pub(crate) fn named(text: &str) -> Result<Self, UnknownName> {
        match text {
            "letters" => Ok(Self::Letters),
            "log" => Ok(Self::Log),
            other => Err(UnknownName { what: "queue", name: other.into() }),
        }
    }
}

/// A name that no version of this library writes.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
#[derive(Debug, thiserror::Error)]
#[error("a dead letter has the unknown {what} `{name}`")]
pub(crate) struct UnknownName {
    what: &'static str,
    name: String,
}
