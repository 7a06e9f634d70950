//! The rules by which dead letters change, without a store.

use serde::{Deserialize, Serialize};

use crate::message::Position;

use super::{DeadLetter, DeadLetterState, LetterChange, LetterQueue};

/// The dead letters that one subscription has of one stream, in the order of their positions. A store that keeps them
/// together, and changes them in a transaction, keeps the promises of
/// [`SubscriptionStore`](super::SubscriptionStore) about them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ParkedStream {
    letters: Vec<DeadLetter>,
}

impl ParkedStream {
    /// Returns the letters, by position.
    pub fn letters(&self) -> &[DeadLetter] {
        &self.letters
    }

    /// Returns whether nothing is parked any more.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// Keeps a letter; see [`SubscriptionStore::park`](super::SubscriptionStore::park).
    pub fn park(&mut self, new: DeadLetter) {
        match self.find(new.key.position) {
            Ok(index) if new.state == DeadLetterState::Failed => {
                let present = &mut self.letters[index];
                *present = DeadLetter { time: present.time, ..new };
            }
            Ok(_) => {}
            Err(index) => self.letters.insert(index, DeadLetter { state: first_state(&new, index), ..new }),
        }
    }

    /// Asks for a letter to be handled again; `false` if there is none, or its event is done.
    pub fn retry(&mut self, position: Position) -> bool {
        let Ok(index) = self.find(position) else { return false };
        let letter = &mut self.letters[index];
        if letter.state == DeadLetterState::Resuming {
            return false;
        }
        (letter.state, letter.retry_at) = (DeadLetterState::Retrying, None);
        true
    }

    /// Changes a letter as the owner of the lease says; see [`SubscriptionStore::settle`](super::SubscriptionStore::settle).
    pub fn change(&mut self, change: &LetterChange) {
        match (self.find(change.key().position), change) {
            (Ok(index), LetterChange::Keep(new)) => {
                let present = &mut self.letters[index];
                if new.may_replace(present.state) {
                    *present = DeadLetter { time: present.time, ..new.clone() };
                }
            }
            (Err(index), LetterChange::Keep(new)) => self.letters.insert(index, new.clone()),
            (Ok(index), LetterChange::Remove(_)) => drop(self.letters.remove(index)),
            (Err(_), LetterChange::Remove(_)) => {}
        }
    }

    /// Removes a letter, and has the next one retried if it was the first; `false` if there is none. One whose queue is in the
    /// log stays, so that the queue is handled.
    pub fn remove(&mut self, position: Position) -> bool {
        let Ok(index) = self.find(position) else { return false };
        let letter = &mut self.letters[index];
        if letter.queue == LetterQueue::Log {
            (letter.state, letter.retry_at) = (DeadLetterState::Resuming, None);
            return true;
        }
        self.letters.remove(index);
        if index == 0
            && let Some(next) = self.letters.first_mut()
        {
            next.state = DeadLetterState::Retrying;
        }
        true
    }

    /// Hands the letters over to the subscription's new name.
    pub fn rename(&mut self, handler: &str) {
        for letter in &mut self.letters {
            handler.clone_into(&mut letter.key.handler);
        }
    }

    fn find(&self, position: Position) -> Result<usize, usize> {
        self.letters.binary_search_by_key(&position, |letter| letter.key.position)
    }
}

/// A stream that was freed in the meantime has nothing to queue behind.
fn first_state(new: &DeadLetter, index: usize) -> DeadLetterState {
    match new.state {
        DeadLetterState::Queued if index == 0 => DeadLetterState::Retrying,
        state => state,
    }
}

#[cfg(test)]
mod tests {
    use DeadLetterState::{Failed, Queued, Retrying};
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::{
        message::{StreamId, Version},
        store::DeadLetterKey,
    };

    fn letter(position: u64, state: DeadLetterState) -> DeadLetter {
        let (handler, stream) = ("mailer".into(), StreamId::new("thing", "a"));
        let key = DeadLetterKey { handler, stream, position: Position::new(position) };
        let (version, time) = (Version::new(position), Timestamp::now());
        let (retry_at, queue) = (None, LetterQueue::Letters);
        DeadLetter { key, version, state, attempts: 1, error: "none".into(), time, retry_at, queue }
    }

    fn parked(letters: &[(u64, DeadLetterState)]) -> ParkedStream {
        let mut parked = ParkedStream::default();
        for (position, state) in letters {
            parked.park(letter(*position, *state));
        }
        parked
    }

    fn states(parked: &ParkedStream) -> Vec<DeadLetterState> {
        parked.letters().iter().map(|letter| letter.state).collect()
    }

    #[test]
    fn only_the_first_letter_frees_the_next() {
        let mut parked = parked(&[(3, Failed), (5, Queued), (4, Queued), (6, Queued)]);
        assert!(parked.remove(Position::new(4)) && !parked.remove(Position::new(4)));
        assert_eq!(states(&parked), [Failed, Queued, Queued]);
        assert!(parked.remove(Position::new(3)));
        assert_eq!(states(&parked), [Retrying, Queued]);
    }

    #[test]
    fn a_letter_keeps_the_time_it_was_put_here() {
        let mut parked = parked(&[(1, Queued)]);
        let first = parked.letters()[0].time;
        parked.park(DeadLetter { time: first + SignedDuration::from_secs(9), ..letter(1, Failed) });
        assert_eq!((parked.letters()[0].time, states(&parked)), (first, vec![Failed]));
        parked.park(letter(1, Queued));
        assert_eq!(states(&parked), [Failed]);
    }
}
