//! A store in memory: for tests, and for what need not outlive the process.
//!
//! Everything is behind one lock, which is held for the length of one append or one page, never across an
//! await. It keeps the promises of every store but durability; payloads are JSON as in any other.

mod commands;
mod events;
mod failures;
mod inbox;
mod log;
mod schedule;
mod snapshots;
mod streams;
mod subscriptions;

use std::{
    any::Any,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::message::Position;

use super::{Store, StoreError};

/// A store in memory. Clones share their content, which is gone with the last of them.
///
/// ```
/// # use cqrs::store::{EventStore, memory::MemoryStore};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), cqrs::store::StoreError> {
/// let store = MemoryStore::new();
/// assert_eq!(store.head().await?.get(), 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    content: Mutex<Content>,
    max_event_bytes: usize,
    wake_ups: watch::Sender<Position>,
    made: (Timestamp, Instant),
}

#[derive(Debug, Default)]
struct Content {
    closed: bool,
    log: log::Log,
    snapshots: snapshots::Snapshots,
    subscriptions: subscriptions::Subscriptions,
    failures: Vec<super::CommandFailure>,
    inbox: inbox::Inbox,
    schedule: super::KeptSchedule,
}

impl MemoryStore {
    /// Creates an empty store. The payload of one event has at most 16 MiB, as in a SQLite store.
    pub fn new() -> Self {
        Self::with_max_event_bytes(16 << 20)
    }

    /// Creates an empty store that takes events with payloads of so many bytes at most. A larger one is refused with
    /// [`StoreError::TooLarge`].
    pub fn with_max_event_bytes(bytes: usize) -> Self {
        let (content, wake_ups) = (Mutex::default(), watch::Sender::new(Position::START));
        let made = (Timestamp::now(), Instant::now());
        Self(Arc::new(Shared { content, max_event_bytes: bytes, wake_ups, made }))
    }

    /// The time, by a clock that nobody sets: leases must not end because somebody did.
    fn now(&self) -> Timestamp {
        let (time, since) = self.0.made;
        let passed = SignedDuration::try_from(since.elapsed()).unwrap_or(SignedDuration::MAX);
        time.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// The content, unless the store is closed. A panic while it was locked cannot have left it half changed:
    /// every change is checked first and then made by calls that do not panic.
    fn open(&self) -> Result<MutexGuard<'_, Content>, StoreError> {
        let content = self.0.content.lock().unwrap_or_else(PoisonError::into_inner);
        if content.closed { Err(StoreError::Closed) } else { Ok(content) }
    }

    /// Wakes whoever reads; where nobody does, there is nothing to pay for. A reader that comes later looks for itself
    /// before it waits.
    fn wake(&self, head: Position) {
        if self.0.wake_ups.receiver_count() > 0 {
            self.0.wake_ups.send_modify(|known| *known = head.max(*known));
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "memory"
    }
}
