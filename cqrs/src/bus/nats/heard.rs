//! Whether the others can still take a member for alive.
//!
//! Invariant: a member that is struck out has been silent for its whole lease. So one that has renewed its entry within
//! its lease, by its own clock from before it began to renew, has not been struck out and begins nothing that somebody
//! else may have begun. One that slept finds out here, before it begins anything.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// When a member was heard last.
pub(super) struct Heard {
    last: Mutex<Instant>,
    lease: Duration,
}

impl Heard {
    pub(super) fn new(lease: Duration) -> Self {
        Self { last: Mutex::new(Instant::now()), lease }
    }

    /// It renewed its entry, beginning at this time, and knows what it has lost until then.
    pub(super) fn at(&self, time: Instant) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Whether it was heard within its lease.
    pub(super) fn lately(&self) -> bool {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < self.lease
    }
}
