//! What a trigger comes to.

use super::Step;

/// What a trigger comes to, where it is handled, or passed over for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A step, which is to be stored.
    Step(Box<Step>),
    /// Nothing: it is counted, and the checkpoint moves on.
    Skipped(Skipped),
    /// No process waits for it. What becomes of it, the process manager says: [`Unmatched`](super::Unmatched).
    Unmatched,
}

/// Why a trigger leads to no step, which is no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Skipped {
    /// It starts a process, and this one has started.
    Started,
    /// The process has ended.
    Ended,
    /// The timer was cancelled or replaced, or has come before.
    TimerNotPending,
}

impl Outcome {
    /// Returns the step, if there is one.
    pub fn step(&self) -> Option<&Step> {
        match self {
            Self::Step(step) => Some(step),
            Self::Skipped(_) | Self::Unmatched => None,
        }
    }
}

impl Skipped {
    /// Returns the reason as a word, for metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ended => "ended",
            Self::TimerNotPending => "timer-not-pending",
        }
    }
}
