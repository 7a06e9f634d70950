//! What an engine can do.

use std::time::Duration;

/// What an engine can do. What it cannot is refused with [`StoreError::Unsupported`](super::StoreError) and
/// skipped by name in the conformance suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether one append may write to several streams.
    pub several_streams: bool,
    /// Whether its content outlives the process.
    pub durable: bool,
    /// How long readers in this process should wait for a wake-up before they look for themselves, because
    /// another process may have written; `None` where no other process can.
    pub poll_interval: Option<Duration>,
}
