//! Those who wait for something, in the order in which they came.

use std::collections::VecDeque;

use tokio::sync::oneshot::{self, Receiver, Sender};

/// Those who wait for a `T`, each on behalf of a command.
#[derive(Debug)]
pub(super) struct Queue<T>(VecDeque<Turn<T>>);

#[derive(Debug)]
struct Turn<T> {
    command: &'static str,
    sender: Sender<T>,
}

impl<T> Queue<T> {
    /// Waits behind all others.
    pub(super) fn join(&mut self, command: &'static str) -> Receiver<T> {
        let (sender, turn) = oneshot::channel();
        self.0.push_back(Turn { command, sender });
        turn
    }

    /// Whose turn it is next. It may have stopped waiting.
    pub(super) fn next(&mut self) -> Option<Sender<T>> {
        self.0.pop_front().map(|turn| turn.sender)
    }

    /// The command that has waited the longest, of those that still wait.
    pub(super) fn first_waiting(&self) -> Option<&'static str> {
        self.0.iter().find(|turn| !turn.sender.is_closed()).map(|turn| turn.command)
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_still_waits_is_told() {
        let mut queue = Queue::<u8>::default();
        assert_eq!(queue.first_waiting(), None);
        let (gone, stays) = (queue.join("gone"), queue.join("stays"));
        assert_eq!(queue.first_waiting(), Some("gone"));
        drop(gone);
        assert_eq!(queue.first_waiting(), Some("stays"));
        assert!(queue.next().unwrap().send(1).is_err(), "it has stopped waiting");
        queue.next().unwrap().send(2).unwrap();
        assert_eq!(stays.blocking_recv(), Ok(2));
        assert!(queue.next().is_none());
    }
}
