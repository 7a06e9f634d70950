//! The dead letters of a group, and the keys they park.

use std::{collections::HashSet, sync::Arc};

use smol_str::SmolStr;
use uuid::Uuid;

use crate::bus::{DeadLetter, DeadLetterReason};

use super::partition::Entry;

/// The dead letters of a group, and the keys they park.
///
/// Invariant: the letters of a key stand in the order of their messages, and at most one of those that park it is out
/// among the messages, to be tried again: the first, whose key then is in `trying`. So a key is parked as long as it is
/// there or has letters that park, and whatever becomes of its first letter, the others are behind it.
#[derive(Debug, Default)]
pub(super) struct DeadLetters {
    letters: Vec<Kept>,
    trying: HashSet<SmolStr>,
}

#[derive(Debug)]
struct Kept {
    /// That of the message.
    sequence: u64,
    letter: DeadLetter,
}

impl Kept {
    fn parks(&self, key: &str) -> bool {
        self.letter.reason.parks() && self.letter.message.key == key
    }
}

impl DeadLetters {
    pub(super) fn list(&self, limit: usize) -> Vec<DeadLetter> {
        self.letters.iter().take(limit).map(|kept| kept.letter.clone()).collect()
    }

    /// Whether messages of the key have to wait.
    pub(super) fn park(&self, key: &str) -> bool {
        self.trying.contains(key) || self.letters.iter().any(|kept| kept.parks(key))
    }

    /// A message has left its consumer, perhaps as a dead letter. Returns the one that is to be tried next.
    pub(super) fn settled(&mut self, entry: &Entry, letter: Option<DeadLetter>) -> Option<Entry> {
        let key = &entry.message.key;
        let parked_again = letter.as_ref().is_some_and(|letter| letter.reason.parks());
        // A key that was freed in the meantime has nothing to queue behind.
        let queued = letter.as_ref().is_some_and(|letter| letter.reason == DeadLetterReason::Queued);
        let freed = queued && !self.park(key);
        if let Some(letter) = letter {
            self.keep(entry.sequence, letter);
        }
        if !entry.released {
            return if freed { self.release(key) } else { None };
        }
        self.trying.remove(key);
        if parked_again { None } else { self.release(key) }
    }

    /// Puts a letter behind the others, but before later ones of its key.
    fn keep(&mut self, sequence: u64, letter: DeadLetter) {
        let key = &letter.message.key;
        let behind = |kept: &Kept| kept.letter.message.key == *key && kept.sequence > sequence;
        let place = self.letters.iter().position(behind).unwrap_or(self.letters.len());
        self.letters.insert(place, Kept { sequence, letter });
    }

    /// Takes out the first letter that parks the key, to be tried, unless one is being tried.
    fn release(&mut self, key: &SmolStr) -> Option<Entry> {
        if self.trying.contains(key) {
            return None;
        }
        let index = self.letters.iter().position(|kept| kept.parks(key))?;
        let Kept { sequence, letter } = self.letters.remove(index);
        self.trying.insert(key.clone());
        Some(Entry { sequence, message: Arc::new(letter.message), redeliveries: 0, released: true })
    }

    pub(super) fn contains(&self, message: Uuid) -> bool {
        self.position(message).is_some()
    }

    /// What is to be tried: the letter alone, as the message with number `new`, or the first of the key that it parks.
    pub(super) fn retry(&mut self, message: Uuid, new: u64, group: &str) -> Option<Entry> {
        let index = self.position(message)?;
        let kept = &self.letters[index];
        if kept.letter.reason.parks() {
            let key = kept.letter.message.key.clone();
            return self.release(&key);
        }
        let message = Arc::new(self.letters.remove(index).letter.message.retried_for(group));
        Some(Entry { sequence: new, message, redeliveries: 0, released: false })
    }

    /// Forgets a letter, and tells what is to be tried instead, if it was the first of a parked key.
    pub(super) fn remove(&mut self, message: Uuid) -> Option<Entry> {
        let index = self.position(message)?;
        let Kept { letter, .. } = self.letters.remove(index);
        let key = &letter.message.key;
        let others_before = self.letters[..index].iter().any(|kept| kept.parks(key));
        if letter.reason.parks() && !others_before { self.release(key) } else { None }
    }

    fn position(&self, message: Uuid) -> Option<usize> {
        self.letters.iter().position(|kept| kept.letter.message.id == message)
    }
}
