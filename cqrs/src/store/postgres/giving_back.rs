//! Giving connections back to the server, which has a bounded number for all processes.
//!
//! Invariant: a pool keeps as many connections as were in use at the same time within the last [`WINDOW`], and no more than
//! it is told to keep beside. That a connection was idle says nothing: a pool hands out the one that waits longest, so that
//! under the lightest load all of them take turns, and none is ever idle for long.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::sleep;

/// For how long it is looked whether connections are needed. What is not needed any more is kept for two windows at most: the one
/// in which it was needed last, and the next. Others wait longer for one, by default ten seconds, so that these get it.
pub(super) const WINDOW: Duration = Duration::from_secs(2);

/// How often it is counted how many are idle.
const LOOKS: u32 = 20;

/// Closes what a pool has not needed, until it is closed; `kept` idle ones stay.
pub(super) async fn give_back(pool: PgPool, kept: usize) {
    while !pool.is_closed() {
        let spare = least_idle(&pool).await.saturating_sub(kept);
        for _ in 0..spare {
            let Some(connection) = pool.try_acquire() else { break };
            if let Err(error) = connection.close().await {
                tracing::debug!(%error, "a connection was not given back in order");
            }
        }
    }
}

/// How many were idle at any time of the window.
async fn least_idle(pool: &PgPool) -> usize {
    let mut least = pool.num_idle();
    for _ in 0..LOOKS {
        sleep(WINDOW / LOOKS).await;
        least = least.min(pool.num_idle());
    }
    least
}
