//! Keys whose next message failed and waits for its next attempt, with everything behind it.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use smol_str::SmolStr;
use tokio::time::Instant;

use crate::bus::Delivery;

/// The messages of one key in one worker's hands, in order.
#[derive(Debug)]
pub(super) struct Backlog {
    pub(super) deliveries: VecDeque<Delivery>,
    /// Which attempt the next one of the first message is, from 1.
    pub(super) attempt: u32,
    /// How often in a row what handles it was not available.
    pub(super) outages: u32,
}

impl Backlog {
    pub(super) fn of(delivery: Delivery) -> Self {
        Self { deliveries: VecDeque::from([delivery]), attempt: 1, outages: 0 }
    }
}

/// Keys that wait.
///
/// Invariant: while a key is here, no message of it is handled, and each that arrives is put behind the others. The
/// prefetch bounds how many messages there can be.
#[derive(Debug, Default)]
pub(super) struct Held {
    keys: HashMap<SmolStr, (Instant, Backlog)>,
}

impl Held {
    /// Holds the key of a message, which stands before its backlog.
    pub(super) fn hold(&mut self, delivery: Delivery, mut backlog: Backlog, delay: Duration) {
        let key = delivery.message().key.clone();
        backlog.deliveries.push_front(delivery);
        self.keys.insert(key, (Instant::now() + delay, backlog));
    }

    /// Puts a message behind those of its key; gives it back if the key is not held.
    pub(super) fn queue(&mut self, delivery: Delivery) -> Option<Delivery> {
        match self.keys.get_mut(&delivery.message().key) {
            Some((_, backlog)) => {
                backlog.deliveries.push_back(delivery);
                None
            }
            None => Some(delivery),
        }
    }

    /// When the next key is due, if any is held.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.keys.values().map(|(due, _)| *due).min()
    }

    /// Takes out a key that is due.
    pub(super) fn take_due(&mut self) -> Option<Backlog> {
        let now = Instant::now();
        let key = self.keys.iter().find(|(_, (due, _))| *due <= now)?.0.clone();
        self.keys.remove(&key).map(|(_, backlog)| backlog)
    }
}
