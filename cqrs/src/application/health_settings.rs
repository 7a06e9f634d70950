//! What counts as healthy.

use std::time::Duration;

/// What counts as healthy, and how often the gauges are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthSettings {
    /// How old the first event may be that a subscription has not dealt with. Default: 30 seconds.
    pub behind: Duration,
    /// How long a transaction may hold up readers. Default: 2 seconds.
    pub blocked: Duration,
    /// How often the gauges are set. Default: every 15 seconds. Zero means never.
    pub every: Duration,
}

impl Default for HealthSettings {
    fn default() -> Self {
        Self {
            behind: Duration::from_secs(30),
            blocked: Duration::from_secs(2),
            every: Duration::from_secs(15),
        }
    }
}
