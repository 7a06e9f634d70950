//! How often, and how slowly, a failing message is tried again.

use std::time::Duration;

/// How often, and how slowly, a failing message is tried again before it becomes a dead letter.
///
/// Attempts are counted by the listener that has the message; one that takes over begins anew. The delays together
/// must stay below the time a broker waits for an acknowledgement. An attempt that ends in
/// [`HandlingError::Unavailable`](super::HandlingError::Unavailable) does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a message is tried in all; 5 unless said otherwise, at least 1.
    pub attempts: u32,
    /// How long to wait after the first failure; 100 ms unless said otherwise. The wait doubles with each further one.
    pub first_delay: Duration,
    /// How long to wait at most; 10 s unless said otherwise.
    pub longest_delay: Duration,
    /// How often a message may come back unsettled, because its listener died or was stopped, before it is held to
    /// be the cause and becomes a dead letter; as often as it takes unless said otherwise. Brokers count every message that a
    /// listener had in its hands when it was killed or lost its connection, so that a number here bounds outages, too; and
    /// later messages of the key overtake such a dead letter.
    pub redeliveries: Option<u32>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_secs(10),
            redeliveries: None,
        }
    }
}

impl RetryPolicy {
    /// Returns how long to wait after attempt number `attempt` (from 1) failed; `None` if it was the last.
    pub fn delay_after(&self, attempt: u32) -> Option<Duration> {
        (attempt < self.attempts).then(|| self.delay(attempt))
    }

    /// How long to wait after so many failures in a row.
    pub(super) fn delay(&self, failures: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.first_delay.saturating_mul(doubled).min(self.longest_delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest_and_end() {
        let policy =
            RetryPolicy { attempts: 5, longest_delay: Duration::from_millis(350), ..RetryPolicy::default() };
        let delays: Vec<_> =
            (1..=5).map(|attempt| policy.delay_after(attempt).map(|delay| delay.as_millis())).collect();
        assert_eq!(delays, [Some(100), Some(200), Some(350), Some(350), None]);
    }
}
