//! Waiting for the writer's answer.
//!
//! A thread without work is put to sleep, and where its core has gone to sleep, too, it takes some 50 µs to wake it up. So one
//! who appends alone, and was answered soon the last time, stays awake for about that long. It holds up nobody: between two
//! looks every other task of its thread has its turn, and every other thread.
//!
//! Nothing but speed rests on any of it: whoever has looked out in vain waits as ever.

use std::{
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot::{Receiver, error::RecvError};

/// What is not answered within this time was not worth staying awake for.
const LONGEST: Duration = Duration::from_micros(500);

/// How many appends wait for an answer, and how long the last one did that was alone.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    appends: AtomicUsize,
    nanoseconds: AtomicU64,
}

/// One append that waits.
pub(crate) struct OneWaiting<'a> {
    all: &'a Waiting,
    since: Instant,
}

impl Waiting {
    pub(crate) fn enter(&self) -> OneWaiting<'_> {
        self.appends.fetch_add(1, Ordering::Relaxed);
        OneWaiting { all: self, since: Instant::now() }
    }

    /// Twice the time of the last, if that was short; what takes long by chance is then given up soon.
    fn patience(&self) -> Duration {
        let last = Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed));
        if last > LONGEST { Duration::ZERO } else { (2 * last).min(LONGEST) }
    }
}

impl OneWaiting<'_> {
    /// Waits for the answer; an error if nobody will give it.
    pub(crate) async fn answer<T>(self, mut answer: Receiver<T>) -> Result<T, RecvError> {
        // A hint: another may come at any time.
        let is_alone = self.all.appends.load(Ordering::Relaxed) == 1;
        if is_alone {
            look_out(&answer, self.all.patience()).await;
        }
        let answer = (&mut answer).await;
        if is_alone {
            let nanoseconds = u64::try_from(self.since.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.all.nanoseconds.store(nanoseconds, Ordering::Relaxed);
        }
        answer
    }
}

impl Drop for OneWaiting<'_> {
    fn drop(&mut self) {
        self.all.appends.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn look_out<T>(answer: &Receiver<T>, time: Duration) {
    let started = Instant::now();
    while answer.is_empty() && !answer.is_terminated() && started.elapsed() < time {
        thread::yield_now();
        tokio::task::yield_now().await;
    }
}
