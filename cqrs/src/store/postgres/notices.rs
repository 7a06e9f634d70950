//! Notices between processes. They only wake readers up: one that is lost costs a poll interval, no event.

use std::time::Duration;

use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::watch;

use crate::message::Position;

/// How long to wait before the server is asked again, after it could not be reached.
const PAUSE: Duration = Duration::from_secs(1);

/// Tells other processes of commits, until there are no more to come.
///
/// A notice is a statement of its own, after the commit: within the transaction it would make all commits of the
/// database wait for each other. One is on its way at a time, and stands for all commits before it.
pub(super) async fn send(pool: PgPool, mut commits: watch::Receiver<Position>) {
    while commits.changed().await.is_ok() {
        commits.mark_unchanged();
        let notice = sqlx::query("SELECT pg_notify('cqrs_' || 'events'::regclass::oid, '')");
        match notice.execute(&pool).await {
            Ok(_) => {}
            Err(sqlx::Error::PoolClosed) => return,
            Err(error) => tracing::debug!(%error, "other processes were not told of new events"),
        }
    }
}

/// Wakes the readers of this process when another one says that there are new events, until the pool is closed.
pub(super) async fn listen(pool: PgPool, wake_ups: watch::Sender<Position>) {
    loop {
        match hear(&pool, &wake_ups).await {
            sqlx::Error::PoolClosed => return,
            error => tracing::debug!(%error, "new events of other processes are found by polling"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(pool: &PgPool, wake_ups: &watch::Sender<Position>) -> sqlx::Error {
    let channel = sqlx::query_scalar::<_, String>("SELECT 'cqrs_' || 'events'::regclass::oid");
    let channel = match channel.fetch_one(pool).await {
        Ok(channel) => channel,
        Err(error) => return error,
    };
    let mut listener = match PgListener::connect_with(pool).await {
        Ok(listener) => listener,
        Err(error) => return error,
    };
    if let Err(error) = listener.listen(&channel).await {
        return error;
    }
    loop {
        // At a notice; and as soon as it listens, perhaps again: of what was committed until then nobody tells it.
        wake_ups.send_modify(|_| {});
        if let Err(error) = listener.try_recv().await {
            return error;
        }
    }
}
