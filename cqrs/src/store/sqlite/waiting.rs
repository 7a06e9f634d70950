//! Waiting for the writer's answer.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

/// How long a lone append looks out for its answer before its thread may sleep.
const LOOK_OUT: Duration = Duration::from_micros(50);

/// How many appends wait for an answer.
#[derive(Debug, Default)]
pub(super) struct Waiting(AtomicUsize);

/// One append that waits.
pub(super) struct OneWaiting<'a>(&'a Waiting);

impl Waiting {
    pub(super) fn enter(&self) -> OneWaiting<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        OneWaiting(self)
    }
}

impl OneWaiting<'_> {
    /// Whether no other append waits. It is a hint: nothing but speed rests on it.
    pub(super) fn is_alone(&self) -> bool {
        self.0.0.load(Ordering::Relaxed) == 1
    }
}

impl Drop for OneWaiting<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Stays awake until the answer is there, for a moment. A commit that does not wait for the disk takes less time than
/// to be put to sleep and woken; one that does takes more, and there is nothing to look out for. Every other thread
/// goes first.
pub(super) fn look_out<T>(answer: &oneshot::Receiver<T>) {
    let started = Instant::now();
    while answer.is_empty() && !answer.is_terminated() && started.elapsed() < LOOK_OUT {
        thread::yield_now();
    }
}
