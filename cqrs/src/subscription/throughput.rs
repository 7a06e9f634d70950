//! How many events each subscription deals with in a second.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Over how many seconds the average is taken.
const SECONDS: usize = 10;

/// Counts by subscription and second; those of the last seconds are kept.
#[derive(Debug)]
pub(crate) struct Throughput {
    start: Instant,
    recent: Mutex<HashMap<String, Recent>>,
}

impl Default for Throughput {
    fn default() -> Self {
        Self { start: Instant::now(), recent: Mutex::default() }
    }
}

/// The counts of the last complete seconds, and of the present one, which is the last.
#[derive(Debug, Default)]
struct Recent {
    second: u64,
    counts: [u64; SECONDS + 1],
}

impl Throughput {
    pub(crate) fn add(&self, subscription: &str, events: usize) {
        let second = self.start.elapsed().as_secs();
        let mut all = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(subscription) {
            Some(recent) => recent.add(second, events),
            None => all.entry(subscription.to_owned()).or_default().add(second, events),
        }
    }

    /// The average over the last complete seconds.
    pub(crate) fn per_second(&self, subscription: &str) -> f64 {
        let elapsed = self.start.elapsed();
        let mut all = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        all.get_mut(subscription).map_or(0.0, |recent| recent.average(elapsed.as_secs()))
    }
}

impl Recent {
    fn add(&mut self, second: u64, events: usize) {
        self.move_on(second);
        self.counts[SECONDS] += events as u64;
    }

    #[expect(clippy::cast_precision_loss, reason = "a count beyond 2^52 a second is not told apart")]
    fn average(&mut self, second: u64) -> f64 {
        self.move_on(second);
        let complete = self.counts[..SECONDS].iter().sum::<u64>();
        complete as f64 / second.clamp(1, SECONDS as u64) as f64
    }

    /// Makes `second` the present one.
    fn move_on(&mut self, second: u64) {
        for _ in self.second..second.min(self.second + SECONDS as u64 + 1) {
            self.counts.rotate_left(1);
            self.counts[SECONDS] = 0;
        }
        self.second = self.second.max(second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_over_the_last_ten_complete_seconds() {
        let mut recent = Recent::default();
        recent.add(0, 40);
        assert!(recent.average(0) < f64::EPSILON, "the present second is not over");
        recent.add(3, 60);
        assert!((recent.average(4) - 25.0).abs() < f64::EPSILON, "100 events in 4 seconds");
        assert!((recent.average(10) - 10.0).abs() < f64::EPSILON);
        assert!((recent.average(11) - 6.0).abs() < f64::EPSILON, "second 0 is out");
        assert!(recent.average(99) < f64::EPSILON);
    }
}
