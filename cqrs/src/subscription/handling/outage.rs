//! Whether what a handler calls is away.
//!
//! When more than a thousand events wait for a retry and the last hundred calls have all failed, a handler takes no new events:
//! the log is the queue. It only probes, one call at a time and ever more slowly, and what fails then counts no attempt. So
//! neither its memory nor its letters grow with the length of an outage. Dead letters do not count: a thousand bad addresses in
//! a system that works stop nobody.

use jiff::Timestamp;

use super::settings::Settings;

/// So many have to wait for a retry.
const WAITING: usize = 1_000;

/// So many calls have to have failed in a row.
const FAILED: u32 = 100;

#[derive(Debug, Default)]
pub(super) struct Outage {
    failed_in_a_row: u32,
    /// How many probes have failed in a row.
    probes: u32,
    next_probe: Option<Timestamp>,
}

impl Outage {
    /// Whether there is one, while so many events wait for a retry.
    pub(super) fn is_on(&self, waiting: usize) -> bool {
        waiting >= WAITING && self.failed_in_a_row >= FAILED
    }

    /// When to call again, if there is one.
    pub(super) fn next_probe(&self) -> Option<Timestamp> {
        self.next_probe
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A call has failed, while so many events wait for a retry; says whether it counts as an attempt.
    pub(super) fn failed(&mut self, waiting: usize, now: Timestamp, settings: &Settings) -> bool {
        let was_on = self.is_on(waiting);
        self.failed_in_a_row = self.failed_in_a_row.saturating_add(1);
        if was_on {
            self.probes = self.probes.saturating_add(1);
            self.next_probe = Some(crate::clock::later(now, settings.delay_after(self.probes)));
        }
        !was_on
    }
}
