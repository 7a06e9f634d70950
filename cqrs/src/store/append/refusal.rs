//! Why a command was refused for good.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a command was refused for good. It is kept under the command's id only where the command was accepted to be handled
/// later, with nobody waiting for the answer: a command that is dispatched and rejected may be dispatched, and decided, again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of refusal it is.
    pub reason: RefusalReason,
    /// The error and its causes.
    pub text: String,
}

/// What kind of refusal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RefusalReason {
    /// The domain said no.
    Rejected,
    /// The command is for an aggregate that does not exist yet, and it did.
    AlreadyExists,
    /// The command is for an aggregate that exists, and it did not.
    NotFound,
    /// The aggregate had ended.
    Ended,
    /// The aggregate was not at the version that was expected.
    Conflict,
    /// It was not begun by the time it was to be begun by.
    Expired,
    /// Somebody took it back before it was due.
    Cancelled,
    /// Somebody ended the process that sent it, before it was accepted.
    Withdrawn,
    /// Somebody skipped it, since it held up the process that sent it.
    Skipped,
    /// It could not be handled, however often it was tried, or in no way.
    Failed,
}

impl Refusal {
    /// Returns a refusal.
    pub fn new(reason: RefusalReason, text: impl Into<String>) -> Self {
        Self { reason, text: text.into() }
    }
}

impl RefusalReason {
    /// Returns the reason as one word, as it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::AlreadyExists => "already-exists",
            Self::NotFound => "not-found",
            Self::Ended => "ended",
            Self::Conflict => "conflict",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Withdrawn => "withdrawn",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.reason.as_str(), self.text)
    }
}
