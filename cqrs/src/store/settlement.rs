//! How far the owner of a lease has come.

use crate::message::Position;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::StoreError;
use super::{DeadLetter, DeadLetterKey, Lease};

/// How far the owner of a lease has come, with what became of the events that it could not handle. All of it is kept, or
/// nothing: see [`SubscriptionStore::settle`](super::SubscriptionStore::settle).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The subscription.
    pub name: String,
    /// The epoch of the lease.
    pub epoch: u64,
    /// Where the checkpoint is.
    pub from: Position,
    /// Where it is to be.
    pub to: Position,
    /// Events after that which are done, too, in order.
    pub done_above: Vec<Position>,
    /// What becomes of letters, each at most once.
    pub letters: Vec<LetterChange>,
}

/// What becomes of a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetterChange {
    /// It is as it is here; its time stays. One that is [`DeadLetterState::Resuming`](super::DeadLetterState::Resuming) already stays
    /// that, whatever is to be kept: somebody has skipped its event since it was called.
    Keep(DeadLetter),
    /// It is gone, if it was there, whatever waits behind it.
    Remove(DeadLetterKey),
}

impl Settlement {
    /// Creates one that moves a checkpoint and nothing else.
    pub fn new(name: impl Into<String>, epoch: u64, from: Position, to: Position) -> Self {
        Self { name: name.into(), epoch, from, to, done_above: Vec::new(), letters: Vec::new() }
    }

    /// Creates one that moves the checkpoint of a lease's subscription.
    pub fn of(lease: &Lease, from: Position, to: Position) -> Self {
        Self::new(&lease.name, lease.epoch, from, to)
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Settlement {
    /// Whether it moves a checkpoint, with what is done after it, and nothing else.
    pub(crate) fn only_moves(&self) -> bool {
        let done_above = self.done_above.clone();
        *self == Self { done_above, ..Self::new(&*self.name, self.epoch, self.from, self.to) }
    }

    /// What is done after the checkpoint, as a column keeps it; `None` if nothing is.
    pub(crate) fn done_above_as_json(&self) -> Result<Option<String>, StoreError> {
        if self.done_above.is_empty() {
            return Ok(None);
        }
        let json = serde_json::to_string(&self.done_above);
        json.map(Some).map_err(|error| StoreError::engine("encode positions", error))
    }
}

impl LetterChange {
    /// Returns which letter changes.
    pub fn key(&self) -> &DeadLetterKey {
        match self {
            Self::Keep(letter) => &letter.key,
            Self::Remove(key) => key,
        }
    }
}
