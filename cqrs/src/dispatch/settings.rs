//! Tuning options of the dispatcher.

use std::time::Duration;

/// Tuning options of the dispatcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DispatchSettings {
    /// How often a command is decided again after a conflict before the caller gets the conflict. Default: 50, which
    /// another process that writes to the same aggregate without a pause hardly ever exhausts.
    pub conflict_retries: u32,
    /// How many aggregates of each kind are kept in memory; 0 switches the cache off. Default: 10,000.
    pub cached_aggregates: usize,
    /// How long an async command handler may take before the command fails and its aggregate is free again.
    /// Default: 30 seconds.
    pub time_limit: Duration,
    /// Whether failed commands are kept in the store. Default: yes.
    pub record_failures: bool,
}

impl Default for DispatchSettings {
    fn default() -> Self {
        Self {
            conflict_retries: 50,
            cached_aggregates: 10_000,
            time_limit: Duration::from_secs(30),
            record_failures: true,
        }
    }
}
