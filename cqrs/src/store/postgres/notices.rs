//! Notices between processes. They only wake readers up: one that is lost costs a poll interval, no event.
//!
//! Whoever listens holds a shared lock, the ear, by which others see that there is somebody to tell. A process that is
//! alone, as most are, sends nothing: a notice costs the server a commit.

use std::{
    sync::atomic::{AtomicI32, Ordering},
    time::Duration,
};

use sqlx::{
    PgPool,
    postgres::{PgListener, PgNotification},
};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};
use uuid::Uuid;

use crate::message::Position;

/// How long to wait before the server is asked again, after it could not be reached.
const PAUSE: Duration = Duration::from_secs(1);

/// How long the next notice waits after one, which stands for all commits since.
const BREATH: Duration = Duration::from_millis(5);

/// How often a process that is alone looks whether it still is.
const LOOK_AROUND: Duration = Duration::from_millis(100);

/// What this process is known by to those that send and hear notices.
#[derive(Debug)]
pub(super) struct Listener {
    name: String,
    /// The session that listens; 0 until it does.
    session: AtomicI32,
}

impl Listener {
    pub(super) fn new() -> Self {
        Self { name: Uuid::now_v7().to_string(), session: AtomicI32::new(0) }
    }

    /// Tells other processes of commits, until there are no more to come.
    ///
    /// A notice is a statement of its own, after the commit: within the transaction it would make all commits of the
    /// database wait for each other. One is on its way at a time, and stands for all commits before it.
    ///
    /// Invariant: after each commit it is looked, within [`LOOK_AROUND`], whether somebody listens; so who began to listen
    /// before the commit is told of it, and who began afterwards finds it in the first look.
    pub(super) async fn send(&self, pool: PgPool, mut commits: watch::Receiver<Position>) {
        let mut look = Instant::now();
        while commits.changed().await.is_ok() {
            sleep_until(look).await;
            commits.mark_unchanged();
            let session = self.session.load(Ordering::Relaxed);
            let notice = sqlx::query(include_str!("sql/notify.sql")).bind(&self.name).bind(session);
            match notice.execute(&pool).await {
                Ok(told) if told.rows_affected() == 0 => look = Instant::now() + LOOK_AROUND,
                Ok(_) => look = Instant::now() + BREATH,
                Err(sqlx::Error::PoolClosed) => return,
                Err(error) => tracing::debug!(%error, "other processes were not told of new events"),
            }
        }
    }

    /// Wakes the readers of this process when another one says that there are new events, until the pool is closed.
    pub(super) async fn listen(&self, pool: PgPool, wake_ups: watch::Sender<Position>) {
        loop {
            match self.hear(&pool, &wake_ups).await {
                Err(sqlx::Error::PoolClosed) => return,
                Err(error) => tracing::debug!(%error, "new events of other processes are found by polling"),
                Ok(()) => {}
            }
            sleep(PAUSE).await;
        }
    }

    async fn hear(&self, pool: &PgPool, wake_ups: &watch::Sender<Position>) -> sqlx::Result<()> {
        let channel = sqlx::query_scalar::<_, String>("SELECT 'cqrs_' || 'events'::regclass::oid");
        let channel = channel.fetch_one(pool).await?;
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(&channel).await?;
        loop {
            // As soon as it listens, and perhaps again: of what was committed until then nobody tells it.
            let session = sqlx::query_scalar(include_str!("sql/lend_an_ear.sql"));
            self.session.store(session.fetch_one(&mut listener).await?, Ordering::Relaxed);
            wake_ups.send_modify(|_| {});
            while let Some(heard) = listener.try_recv().await? {
                if self.is_from_another(&heard) {
                    wake_ups.send_modify(|_| {});
                }
            }
            // The connection was lost, and with it perhaps notices; it listens again by now.
        }
    }

    /// What this process commits its readers know already.
    fn is_from_another(&self, heard: &PgNotification) -> bool {
        heard.payload() != self.name
    }
}
