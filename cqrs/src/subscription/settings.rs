//! Tuning options of subscriptions.

use std::time::Duration;

/// Without events of its own a checkpoint is stored only when it lags this far, to spare the store a write for
/// each foreign event.
pub(crate) const LAG: u64 = 10_000;

/// Tuning options of subscriptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionSettings {
    /// How many events are read, and applied to a projection, at a time. Default: 1,000.
    pub batch: usize,
    /// How often an event handler is tried with an event before the event becomes a dead letter, and a projection in a
    /// database before it stops or parks the event's stream. A projection in memory is tried once. Default: 5.
    pub attempts: u32,
    /// How long to wait before the second try; each further wait is twice as long. Default: 100 milliseconds.
    pub first_delay: Duration,
    /// The longest wait between two tries. Default: 10 seconds.
    pub longest_delay: Duration,
    /// How long one call of an event handler function may take. An async function is ended at its limit; one that is not
    /// `async` is given up, and runs on unheeded. Either is a failure like any other. Default: 1 minute.
    pub time_limit: Duration,
    /// For how long an owner that is not heard of keeps its event handlers before another process takes over; an hour at
    /// most. It is to be much longer than a round trip to the store takes on a busy day: who cannot keep a lease in time does nothing under
    /// it. Default: 5 seconds.
    pub lease: Duration,
    /// For how long a projection in SQLite may keep the store's one writer before appends get their turn.
    /// Default: 20 milliseconds.
    pub write_budget: Duration,
}

impl SubscriptionSettings {
    /// How long to wait after the given number of failed tries.
    pub(crate) fn delay_after(&self, tries: u32) -> Duration {
        let doubled = self.first_delay.saturating_mul(1 << tries.saturating_sub(1).min(16));
        doubled.min(self.longest_delay)
    }
}

impl Default for SubscriptionSettings {
    fn default() -> Self {
        Self {
            batch: 1_000,
            attempts: 5,
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_secs(10),
            time_limit: Duration::from_mins(1),
            lease: Duration::from_secs(5),
            write_budget: Duration::from_millis(20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_up_to_the_longest() {
        let settings = SubscriptionSettings::default();
        let delays: Vec<_> = [1, 2, 3, 30, 3_000].map(|tries| settings.delay_after(tries).as_millis()).into();
        assert_eq!(delays, [100, 200, 400, 10_000, 10_000]);
    }
}
