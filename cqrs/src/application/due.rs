//! What is due, for the testing kit.

use jiff::Timestamp;

use crate::store::{DeadLetter, DeadLetterQuery, DeadLetterState, DueKind, DueQuery, StoreError};

use super::Application;

/// So many retries are looked at.
const RETRIES: usize = 10_000;

impl Application {
    /// When the next command is due that this application knows, or the next retry; it may have been due for long.
    pub(crate) async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let retries = self.letters(DeadLetterState::Waiting, RETRIES).await?;
        let retry = retries.iter().filter_map(|letter| letter.retry_at).min();
        let core = &self.0.core;
        if !core.store().capabilities().schedules {
            return Ok(retry);
        }
        let query = DueQuery::of(DueKind::Command, core.commands().names());
        let command = core.store().due(&query, 1).await?.first().map(|row| row.due);
        let managers = self.registry().process_managers().iter().map(|manager| manager.name);
        let timers = DueQuery::of(DueKind::Timer, managers);
        let timer = core.store().due(&timers, 1).await?.first().map(|row| row.due);
        Ok([command, timer, retry].into_iter().flatten().min())
    }

    /// Whether an event handler has to go on with a letter, now or, unless the clock stands still, later.
    pub(crate) async fn unsettled_letters(&self) -> Result<bool, StoreError> {
        for state in [DeadLetterState::Retrying, DeadLetterState::Resuming] {
            if !self.letters(state, 1).await?.is_empty() {
                return Ok(true);
            }
        }
        // One that is due is found by `next_due`.
        let stands_still = self.0.core.clock().stands_still();
        Ok(!stands_still && !self.letters(DeadLetterState::Waiting, 1).await?.is_empty())
    }

    async fn letters(&self, state: DeadLetterState, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let mut letters = Vec::new();
        for status in self.status() {
            let query = DeadLetterQuery::of(status.name).state(state);
            letters.extend(self.store().dead_letter_page(&query, limit).await?);
        }
        Ok(letters)
    }

    /// The time, by the application's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.core.clock().now()
    }
}
