//! Messages nobody could handle.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::EncodedMessage;

/// A message that could not be handled, kept with the reason until it is retried or removed.
///
/// One that failed as often as the retry policy allows **parks** its key: later messages of the key become dead letters
/// as well, in their order, while other keys go on. A retry gives them to their listeners again one after the other,
/// from the first on; the key is free when the last was handled, and parked again if one fails. Removing the first lets
/// the next be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The message as it was delivered.
    pub message: EncodedMessage,
    /// Why it is here.
    pub reason: DeadLetterReason,
    /// The last error and its causes.
    pub error: String,
    /// How often the listener tried it.
    pub attempts: u32,
    /// When it was put here.
    pub time: Timestamp,
}

/// Why a message became a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// Its content does not decode.
    Undecodable,
    /// No handler knows messages of its name.
    UnknownType,
    /// Its handler said that trying again is of no use.
    Refused,
    /// It failed as often as the retry policy allows.
    Exhausted,
    /// It was delivered again and again without being settled, as a message is that kills its listener.
    Undeliverable,
    /// It waits behind a message of its key that failed as often as the retry policy allows.
    Queued,
}

impl DeadLetterReason {
    /// Returns the reason as one word, for counters and headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undecodable => "undecodable",
            Self::UnknownType => "unknown-type",
            Self::Refused => "refused",
            Self::Exhausted => "exhausted",
            Self::Undeliverable => "undeliverable",
            Self::Queued => "queued",
        }
    }

    /// Returns whether later messages of the key have to wait behind the message: it might have been handled with more
    /// patience, and they were made to come after it.
    pub const fn parks(self) -> bool {
        matches!(self, Self::Exhausted | Self::Queued)
    }
}
