//! A part of a group's messages that is lent to one consumer at a time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::bus::EncodedMessage;

/// A message in a group.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its place in the order of publishing.
    pub(super) sequence: u64,
    pub(super) message: Arc<EncodedMessage>,
    pub(super) redeliveries: u32,
    /// Whether it is a dead letter that is tried again.
    pub(super) released: bool,
}

/// The messages of the keys that fall into one partition.
///
/// Invariant: all of `taken` is with `owner`, which is nobody exactly when `taken` is empty; `waiting` is in order of
/// sequence. So messages of one key are never with two consumers, and what comes back stands before what came later.
#[derive(Debug, Default)]
pub(super) struct Partition {
    waiting: VecDeque<Entry>,
    taken: BTreeMap<u64, Entry>,
    owner: Option<u64>,
}

impl Partition {
    /// Puts an entry into its place.
    pub(super) fn push(&mut self, entry: Entry) {
        let place = self.waiting.partition_point(|waiting| waiting.sequence < entry.sequence);
        self.waiting.insert(place, entry);
    }

    /// The next message for `consumer`, unless another has messages of this partition.
    pub(super) fn take(&mut self, consumer: u64) -> Option<Entry> {
        if self.owner.is_some_and(|owner| owner != consumer) {
            return None;
        }
        let entry = self.waiting.pop_front()?;
        self.owner = Some(consumer);
        self.taken.insert(entry.sequence, entry.clone());
        Some(entry)
    }

    /// A message that `consumer` has; `None` if it does not have it (any more).
    pub(super) fn taken(&self, consumer: u64, sequence: u64) -> Option<&Entry> {
        self.taken.get(&sequence).filter(|_| self.owner == Some(consumer))
    }

    /// Takes a message out of the hands of `consumer`; `None` if it does not have it (any more).
    pub(super) fn settle(&mut self, consumer: u64, sequence: u64) -> Option<Entry> {
        self.remove(consumer, sequence)
    }

    /// Puts a message back into its place; `false` if `consumer` does not have it (any more).
    pub(super) fn give_back(&mut self, consumer: u64, sequence: u64) -> bool {
        let Some(mut entry) = self.remove(consumer, sequence) else { return false };
        entry.redeliveries += 1;
        self.push(entry);
        true
    }

    /// Puts everything back that `consumer` has, and says how much that was.
    pub(super) fn give_all_back(&mut self, consumer: u64) -> usize {
        let sequences: Vec<u64> = self.taken.keys().copied().collect();
        sequences.into_iter().filter(|sequence| self.give_back(consumer, *sequence)).count()
    }

    fn remove(&mut self, consumer: u64, sequence: u64) -> Option<Entry> {
        let entry = (self.owner == Some(consumer)).then(|| self.taken.remove(&sequence)).flatten()?;
        if self.taken.is_empty() {
            self.owner = None;
        }
        Some(entry)
    }
}
