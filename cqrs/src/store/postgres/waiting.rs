//! Waiting until readers see what is there.

use std::time::Duration;

use sqlx::PgConnection;
use tokio::time::{Instant, sleep};

use crate::{
    message::Position,
    store::{Blocker, EventStore, StoreError},
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
        let failed = |error| faults::engine("wait for the head of the log", error);
        let last = last(&mut *self.pool().acquire().await.map_err(failed)?).await.map_err(failed)?;
        let (began, mut pause, mut told) = (Instant::now(), FIRST_PAUSE, false);
        loop {
            let head = EventStore::head(self).await?;
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

    async fn tell(&self, head: Position, last: Position) -> Result<(), StoreError> {
        let blockers: Vec<_> = self.holders().await?.iter().map(Blocker::to_string).collect();
        tracing::warn!(%head, %last, ?blockers, "readers are held up, and somebody waits for them");
        Ok(())
    }
}

/// The last position committed.
async fn last(connection: &mut PgConnection) -> sqlx::Result<Position> {
    let last = sqlx::query("SELECT coalesce(max(position), 0) FROM events");
    rows::position(&last.fetch_one(connection).await?, 0)
}
