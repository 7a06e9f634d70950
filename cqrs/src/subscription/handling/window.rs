//! What of the log was read and is not done, and what is done after it.
//!
//! Invariant: no event after the checkpoint is taken for done that is not, and none up to it is left undone that no letter
//! stands for. The checkpoint stands before the first event that is not done; what is done after it is listed, so that a
//! crash repeats none of that.

use std::collections::{BTreeSet, HashSet};

use crate::message::Position;

/// So many events may be done after one that is not; beyond that only the first that is not done is handled.
pub(super) const MOST_DONE_ABOVE: usize = 1_000;

#[derive(Debug)]
pub(super) struct Window {
    /// Everything up to here was read.
    read: Position,
    /// What was read and is not done.
    pending: BTreeSet<Position>,
    /// What is done after the checkpoint.
    done: BTreeSet<Position>,
    /// What was done after the checkpoint when it was read from the store: events behind a letter may be read much later.
    at_first: HashSet<Position>,
}

impl Window {
    /// As it was stored.
    pub(super) fn new(checkpoint: Position, done_above: &[Position]) -> Self {
        let done = done_above.iter().copied().filter(|position| *position > checkpoint).collect();
        let at_first = done_above.iter().copied().collect();
        Self { read: checkpoint, pending: BTreeSet::new(), done, at_first }
    }

    /// Everything up to here was read.
    pub(super) fn read(&self) -> Position {
        self.read
    }

    /// How many events were read and are not done.
    pub(super) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Whether an event was done before it was read.
    pub(super) fn is_done(&self, position: Position) -> bool {
        self.at_first.contains(&position)
    }

    /// An event was read that is to be handled.
    pub(super) fn begin(&mut self, position: Position) {
        self.pending.insert(position);
    }

    pub(super) fn done(&mut self, position: Position) {
        self.pending.remove(&position);
        self.done.insert(position);
        self.trim();
    }

    /// A letter stands for the event, or for one before it in its stream.
    pub(super) fn left_to_a_letter(&mut self, position: Position) {
        self.pending.remove(&position);
        self.trim();
    }

    pub(super) fn read_to(&mut self, position: Position) {
        self.read = self.read.max(position);
        self.trim();
    }

    /// Whether a call may begin for this event.
    pub(super) fn has_room_for(&self, position: Position) -> bool {
        self.done.len() < MOST_DONE_ABOVE || self.pending.first() == Some(&position)
    }

    /// Everything up to here is done, or left to a letter.
    pub(super) fn checkpoint(&self) -> Position {
        let before = |position: &Position| Position::new(position.get().saturating_sub(1));
        self.pending.first().map_or(self.read, before)
    }

    /// What is done after the checkpoint.
    pub(super) fn done_above(&self) -> Vec<Position> {
        self.done.iter().copied().collect()
    }

    fn trim(&mut self) {
        let checkpoint = self.checkpoint();
        while self.done.first().is_some_and(|first| *first <= checkpoint) {
            self.done.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: u64) -> Position {
        Position::new(number)
    }

    fn reading(positions: &[u64]) -> Window {
        let mut window = Window::new(at(0), &[]);
        for position in positions {
            window.begin(at(*position));
        }
        window.read_to(at(positions.last().copied().unwrap_or_default()));
        window
    }

    #[test]
    fn the_checkpoint_stands_before_the_first_that_is_not_done() {
        let mut window = reading(&[2, 5, 9]);
        assert_eq!((window.checkpoint(), window.done_above()), (at(1), vec![]));
        window.done(at(5));
        assert_eq!((window.checkpoint(), window.done_above()), (at(1), vec![at(5)]));
        window.done(at(2));
        assert_eq!((window.checkpoint(), window.done_above()), (at(8), vec![]));
        window.left_to_a_letter(at(9));
        assert_eq!((window.checkpoint(), window.pending()), (at(9), 0));
        window.read_to(at(20));
        assert_eq!(window.checkpoint(), at(20));
    }

    #[test]
    fn what_was_done_before_a_crash_is_known_after_it() {
        let mut window = Window::new(at(3), &[at(2), at(5), at(7)]);
        assert!(window.is_done(at(5)) && !window.is_done(at(4)));
        assert_eq!(window.done_above(), [at(5), at(7)], "what is at or before the checkpoint says nothing");
        window.begin(at(4));
        window.read_to(at(6));
        window.done(at(4));
        assert_eq!((window.checkpoint(), window.done_above()), (at(6), vec![at(7)]));
    }

    #[test]
    fn beyond_a_thousand_only_the_first_goes_on() {
        let positions: Vec<_> = (1..=1_500).collect();
        let mut window = reading(&positions);
        (2..=1_001).for_each(|position| window.done(at(position)));
        assert!(!window.has_room_for(at(1_002)) && window.has_room_for(at(1)));
        window.done(at(1));
        assert!(window.has_room_for(at(1_003)));
    }
}
