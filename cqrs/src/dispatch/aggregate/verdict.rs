//! How an attempt to handle a command ended.

use crate::{dispatch::Receipt, repository::Loaded};

/// How an attempt ended.
pub(super) enum Verdict<A, E> {
    /// Decided again after a conflict.
    Again,
    /// The append had the last word.
    Stored(Result<Receipt, E>),
    /// The handler was asked, and its state is not to be used again.
    Failed(Result<Receipt, E>),
    /// Nothing was appended, and the state is as it was.
    Unchanged(Result<Receipt, E>, Loaded<A>),
}

impl<A, E> Verdict<A, E> {
    pub(super) fn is_confirmed_by_append(&self) -> bool {
        matches!(self, Self::Again | Self::Stored(_))
    }
}
