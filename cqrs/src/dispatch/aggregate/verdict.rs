//! How an attempt to handle a command ended.

use crate::dispatch::Receipt;

/// How an attempt ended.
pub(super) enum Verdict<E> {
    /// Decided again after a conflict.
    Again,
    /// The append has stored what was decided, and the state is up to date.
    Stored(Receipt),
    /// The append had the last word otherwise, and the state is not to be used again.
    Settled(Result<Receipt, E>),
    /// Nothing was appended: what it rests on is the state alone.
    Unwritten(Answer<E>),
}

/// What is answered without an append.
pub(super) struct Answer<E> {
    pub(super) outcome: Result<Receipt, E>,
    /// Whether the state is as it was; else the handler has had it, and it is not to be used again.
    pub(super) unchanged: bool,
}

impl<E> Verdict<E> {
    pub(super) fn failed(error: E) -> Self {
        Self::Unwritten(Answer { outcome: Err(error), unchanged: false })
    }

    pub(super) fn unchanged(outcome: Result<Receipt, E>) -> Self {
        Self::Unwritten(Answer { outcome, unchanged: true })
    }
}
