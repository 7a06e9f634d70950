//! How far the owner of a lease has come.

use crate::message::Position;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::StoreError;
use super::{DeadLetter, DeadLetterKey, Lease, ProcessRow};

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
    /// Where processes stand that have made steps, each at most once. A row is kept unless there is one of the same version
    /// or a higher one; that there is says nothing against the rest.
    pub processes: Vec<ProcessRow>,
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
        let (done_above, letters, processes) = (Vec::new(), Vec::new(), Vec::new());
        Self { name: name.into(), epoch, from, to, done_above, letters, processes }
    }

    /// Creates one that moves the checkpoint of a lease's subscription.
    pub fn of(lease: &Lease, from: Position, to: Position) -> Self {
        Self::new(&lease.name, lease.epoch, from, to)
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Settlement {
    /// Whether it changes no letters: it can be stored together with others, each in one statement.
    pub(crate) fn has_no_letters(&self) -> bool {
        self.letters.is_empty()
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
