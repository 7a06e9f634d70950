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
    /// The handler was asked, and its state is not to be used again.
    Failed(E),
    /// Nothing was appended, and the state is as it was.
    Unchanged(Result<Receipt, E>),
}

impl<E> Verdict<E> {
    pub(super) fn is_confirmed_by_append(&self) -> bool {
        matches!(self, Self::Again | Self::Stored(_) | Self::Settled(_))
    }
}
