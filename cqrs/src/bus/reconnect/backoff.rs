//! Pauses that grow.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

/// Pauses that double from 50 ms up to 5 s, each shortened at random by up to half, so that the many who lost one broker
/// do not come back to it at the same instant.
#[derive(Debug, Default)]
pub(in crate::bus) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to pause now.
    pub(in crate::bus) fn next_pause(&mut self) -> Duration {
        let whole = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        whole.mul_f64(1.0 - fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_are_never_nothing() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..40).map(|_| backoff.next_pause()).collect();
        assert!(pauses.iter().all(|pause| (FIRST / 2..=LONGEST).contains(pause)), "{pauses:?}");
        assert!(pauses[8..].iter().all(|pause| *pause >= LONGEST / 2), "{pauses:?}");
    }
}
