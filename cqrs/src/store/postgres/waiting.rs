//! Waiting until readers see what is there.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::{
    message::Position,
    store::{Blocker, EventStore, StoreError, patience},
};

use super::{PostgresStore, faults, rows};

/// How long to wait before the first look again; each further wait is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// After how long it is said in the log for whom one waits.
const SILENCE: Duration = Duration::from_secs(1);

impl PostgresStore {
    /// See [`Store::wait_for_head`](crate::store::Store::wait_for_head).
    pub(super) async fn wait_for_head(&self, limit: Duration) -> Result<Position, StoreError> {
        let (began, mut pause, mut told) = (Instant::now(), FIRST_PAUSE, false);
        let last = patience::within(limit, || self.explained(self.last())).await?;
        loop {
            let left = limit.saturating_sub(began.elapsed());
            let head = patience::within(left, || EventStore::head(self)).await?;
            let waited = began.elapsed();
            if head >= last {
                return Ok(head);
            }
            if waited >= limit {
                let blockers = self.holders().await?;
                return Err(StoreError::HeldUp { head, last, waited, blockers });
            }
            if waited >= SILENCE && !std::mem::replace(&mut told, true) {
                self.tell(head, last).await?;
            }
            sleep(pause.min(limit.saturating_sub(waited))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// The last position committed.
    async fn last(&self) -> Result<Position, StoreError> {
        let last = sqlx::query("SELECT coalesce(max(position), 0) FROM events").fetch_one(self.pool()).await;
        let last = last.and_then(|row| rows::position(&row, 0));
        last.map_err(|error| faults::engine("wait for the head of the log", error))
    }

    async fn tell(&self, head: Position, last: Position) -> Result<(), StoreError> {
        let blockers: Vec<_> = self.holders().await?.iter().map(Blocker::to_string).collect();
        tracing::warn!(%head, %last, ?blockers, "readers are held up, and somebody waits for them");
        Ok(())
    }
}
