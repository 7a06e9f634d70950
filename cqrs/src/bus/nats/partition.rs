//! What a group has done with a partition, as the entry that all of its members change.
//!
//! Invariant: every message of the partition up to `read` is settled, or in `taken`, or a dead letter; none after it is
//! any of that. Messages leave `taken` for good or for `letters` in one change. At most one dead letter of a key that is
//! parked is tried again at a time: it is in `taken` with what it carries, and it was the first.
//!
//! Only the owner takes and settles; anybody may retry and remove dead letters. Keys are in their bounded form.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use uuid::Uuid;

use super::letters::{Carried, Letter, Letters};

/// What a group has done with a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Partition {
    /// The member that has it.
    pub(super) owner: Option<Uuid>,
    /// The sequence number of the last message that was taken.
    pub(super) read: u64,
    /// What was taken and is not settled, in order.
    pub(super) taken: Vec<Taken>,
    pub(super) letters: Letters,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Taken {
    pub(super) sequence: u64,
    /// How often it came back unsettled.
    #[serde(default)]
    pub(super) redeliveries: u32,
    /// The dead letter it was, if it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) released: Option<Released>,
}

/// A dead letter that is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Released {
    /// Where what it carries is kept.
    copy: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) parts: Vec<u64>,
    pub(super) key: SmolStr,
}

impl Released {
    pub(super) fn carried(&self) -> Carried {
        Carried { copy: self.copy, parts: self.parts.clone() }
    }
}

impl Partition {
    /// A partition of which a group takes what comes after message `since`.
    pub(super) fn after(since: u64) -> Self {
        Self { read: since, ..Self::default() }
    }

    /// The sequence number below which the group needs nothing any more.
    pub(super) fn floor(&self) -> u64 {
        floor(self.read, &self.taken)
    }

    /// Whether messages of the key have to wait.
    pub(super) fn parks(&self, key: &str) -> bool {
        self.is_tried(key) || self.letters.iter().any(|letter| letter.parks && letter.key == key)
    }

    fn is_tried(&self, key: &str) -> bool {
        self.taken.iter().any(|taken| taken.released.as_ref().is_some_and(|released| released.key == key))
    }

    /// Gives the partition to a member. What the owner before had in its hands came back.
    pub(super) fn take_over(&mut self, member: Uuid) {
        if self.owner.is_some() {
            self.taken.iter_mut().for_each(|taken| taken.redeliveries += 1);
        }
        self.owner = Some(member);
    }

    /// Gives the partition up, with the messages that came back and how often they have.
    pub(super) fn give_up(&mut self, redeliveries: &[(u64, u32)]) {
        self.owner = None;
        for (sequence, count) in redeliveries {
            if let Some(taken) = self.taken.iter_mut().find(|taken| taken.sequence == *sequence) {
                taken.redeliveries = *count;
            }
        }
    }

    /// Takes messages, which follow all that were taken before.
    pub(super) fn take(&mut self, sequence: u64) {
        // It may have been taken already by a change whose fate was unknown.
        if sequence > self.read {
            self.read = sequence;
            self.insert(Taken { sequence, redeliveries: 0, released: None });
        }
    }

    fn insert(&mut self, taken: Taken) {
        let place = self.taken.partition_point(|other| other.sequence < taken.sequence);
        self.taken.insert(place, taken);
    }

    /// Lets go of a message that was handled, or keeps it as a dead letter. The next letter of its key is tried if it was
    /// one that was tried and does not park the key again. Gives what is not needed any more.
    pub(super) fn settle(&mut self, sequence: u64, letter: Option<Letter>) -> Option<Carried> {
        let index = self.taken.iter().position(|taken| taken.sequence == sequence)?;
        let taken = self.taken.remove(index);
        let parked = letter.as_ref().is_some_and(|letter| letter.parks);
        if let Some(letter) = letter {
            self.letters.insert(letter);
        }
        let released = taken.released?;
        if !parked {
            self.release(&released.key);
        }
        Some(released.carried())
    }

    /// Tries the first letter that parks the key, unless one is being tried.
    fn release(&mut self, key: &SmolStr) {
        if self.is_tried(key) {
            return;
        }
        let first = self.letters.position(|letter| letter.parks && letter.key == *key);
        if let Some(index) = first {
            let Letter { sequence, copy, parts, key, .. } = self.letters.remove(index);
            let released = Some(Released { copy, parts, key });
            self.insert(Taken { sequence, redeliveries: 0, released });
        }
    }

    pub(super) fn letter(&self, id: Uuid) -> Option<&Letter> {
        self.letters.iter().find(|letter| letter.id == id)
    }

    /// Tries the letters of the key that this one parks.
    pub(super) fn retry(&mut self, id: Uuid) {
        if let Some(key) = self.letter(id).filter(|letter| letter.parks).map(|letter| letter.key.clone()) {
            self.release(&key);
        }
    }

    /// Forgets a letter. If it was the first that parks its key, the next is tried. Gives what it carried.
    pub(super) fn remove(&mut self, id: Uuid) -> Option<Carried> {
        let index = self.letters.position(|letter| letter.id == id)?;
        let removed = self.letters.remove(index);
        let parks_too = |letter: &Letter| letter.parks && letter.key == removed.key;
        let others_before = self.letters.iter().take(index).any(parks_too);
        if removed.parks && !others_before {
            self.release(&removed.key);
        }
        Some(removed.carried())
    }
}

/// The sequence number below which a group needs nothing of a partition any more.
pub(super) fn floor(read: u64, taken: &[Taken]) -> u64 {
    let needed = taken.iter().filter(|taken| taken.released.is_none()).map(|taken| taken.sequence);
    needed.min().map_or(read, |first| first.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(sequence: u64, key: &str) -> Letter {
        Letter::new(sequence, carried(sequence), Uuid::from_u128(sequence.into()), key.into(), true)
    }

    fn carried(sequence: u64) -> Carried {
        Carried { copy: sequence + 100, parts: Vec::new() }
    }

    fn taken(partition: &Partition) -> Vec<u64> {
        partition.taken.iter().map(|taken| taken.sequence).collect()
    }

    #[test]
    fn what_is_not_settled_is_needed() {
        let mut partition = Partition::after(10);
        assert_eq!(partition.floor(), 10);
        for sequence in [11, 13, 17] {
            partition.take(sequence);
        }
        partition.settle(11, None);
        partition.settle(17, None);
        assert_eq!((partition.floor(), partition.read), (12, 17));
        partition.settle(13, None);
        assert_eq!(partition.floor(), 17);
    }

    #[test]
    fn a_change_that_is_made_twice_is_made_once() {
        let mut partition = Partition::default();
        partition.take(1);
        partition.take(1);
        assert_eq!(taken(&partition), [1]);
        partition.settle(1, None);
        partition.take(1);
        assert_eq!((partition.settle(1, None), taken(&partition)), (None, vec![]));
    }

    #[test]
    fn a_parked_key_is_tried_letter_by_letter_in_order() {
        let mut partition = Partition::default();
        (1..=4).for_each(|sequence| partition.take(sequence));
        for sequence in 1..=3 {
            partition.settle(sequence, Some(letter(sequence, "a")));
        }
        assert!(partition.parks("a") && !partition.parks("b"));
        partition.retry(Uuid::from_u128(2));
        partition.retry(Uuid::from_u128(3));
        assert_eq!(taken(&partition), [1, 4], "the first of the key, and no other meanwhile");
        assert_eq!(partition.settle(1, None), Some(carried(1)));
        assert_eq!(taken(&partition), [2, 4]);
        partition.settle(2, Some(letter(2, "a")));
        assert_eq!(taken(&partition), [4], "it failed again, and parks the key again");
        assert_eq!(partition.remove(Uuid::from_u128(2)), Some(carried(2)));
        assert_eq!(taken(&partition), [3, 4], "the next is tried");
        partition.settle(3, None);
        assert!(!partition.parks("a"));
    }

    #[test]
    fn what_an_owner_had_comes_back_counted() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let mut partition = Partition::default();
        partition.take_over(one);
        (1..=2).for_each(|sequence| partition.take(sequence));
        partition.give_up(&[(1, 1)]);
        partition.take_over(other);
        assert_eq!(partition.taken.iter().map(|taken| taken.redeliveries).collect::<Vec<_>>(), [1, 0]);
        partition.take_over(one);
        assert_eq!(partition.taken.iter().map(|taken| taken.redeliveries).collect::<Vec<_>>(), [2, 1]);
    }
}
