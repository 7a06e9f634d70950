//! What an engine can do.

use std::time::Duration;

/// What an engine can do. An append that asks for more is refused with [`StoreError::Unsupported`](super::StoreError), or
/// [`TooLarge`](super::StoreError::TooLarge); the conformance suite skips the checks of it, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether one append may write to several streams.
    pub several_streams: bool,
    /// How far the guarantee goes that a command id is never accepted twice.
    pub idempotency: Idempotency,
    /// How many events one append may hold; `None` for any number. More are refused with
    /// [`StoreError::TooLarge`](super::StoreError).
    pub largest_append: Option<usize>,
    /// Whether it keeps what waits for a time ([`ScheduleStore`](super::ScheduleStore)).
    pub schedules: bool,
    /// Whether its content outlives the process.
    pub durable: bool,
    /// How long readers in this process should wait for a wake-up before they look for themselves, because
    /// another process may have written; `None` where no other process can.
    pub poll_interval: Option<Duration>,
}

/// Where a command id is never accepted twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// In the whole store.
    Store,
    /// In each stream. Of two appends that race with one command id for two streams, both may be stored; a command that
    /// names its aggregate, as all do that an aggregate handles, always goes to the same.
    Stream,
}
