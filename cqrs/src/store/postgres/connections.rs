//! The connections that append. They are kept between groups: a pool tries each one out whenever it gets it back, which
//! takes a round trip.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, Error, PgPool, Postgres, pool::PoolConnection};
use tokio::time::timeout;

use crate::store::StoreError;

use super::{connect::FRESH, explained::no_connection, faults, giving_back::WINDOW, shortage::Shortage};

/// How long a connection that was idle may take to answer before it is given up. One that was cut off without a word
/// would not answer for a quarter of an hour.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Those that no group uses at present.
///
/// Invariant: the one that was used last is used next. So those that are not needed are idle, and the first of them for longest.
pub(super) struct Connections {
    pool: PgPool,
    shortage: Shortage,
    idle: Vec<Idle>,
}

struct Idle {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl Connections {
    pub(super) fn of(pool: PgPool, shortage: Shortage) -> Self {
        Self { pool, shortage, idle: Vec::new() }
    }

    /// One for a group, made when it is needed.
    pub(super) fn take(&mut self) -> Connection {
        Connection { pool: self.pool.clone(), shortage: self.shortage.clone(), idle: self.idle.pop() }
    }

    /// When the next one is to be given back, if there is one.
    pub(super) fn due(&self) -> Option<Instant> {
        self.idle.first().map(|first| first.since + WINDOW)
    }

    /// Gives those back to the server that were idle for long.
    pub(super) fn give_back(&mut self) {
        let due = self.idle.partition_point(|idle| idle.since.elapsed() >= WINDOW);
        for Idle { mut connection, .. } in self.idle.drain(..due) {
            connection.close_on_drop();
        }
    }

    /// Keeps one for the next group.
    pub(super) fn keep(&mut self, connection: Connection) {
        self.idle.extend(connection.idle);
        self.idle.sort_by_key(|idle| idle.since);
    }

    /// Closes all of them. None is in use.
    pub(super) async fn close(&mut self) {
        // First the pool, which then does not try out what it gets back.
        let closing = self.pool.close();
        self.idle.clear();
        closing.await;
    }
}

/// A connection of a group: none until it is needed, and none after an error, which the pool is to look into.
pub(super) struct Connection {
    pool: PgPool,
    shortage: Shortage,
    idle: Option<Idle>,
}

impl Connection {
    /// The connection, open. What was idle for long is tried out first.
    pub(super) async fn open(&mut self) -> Result<PoolConnection<Postgres>, StoreError> {
        let Some(Idle { mut connection, since }) = self.idle.take() else { return self.acquire().await };
        if since.elapsed() < FRESH || matches!(timeout(ANSWERS_WITHIN, connection.ping()).await, Ok(Ok(()))) {
            return Ok(connection);
        }
        connection.close_on_drop();
        drop(connection);
        self.acquire().await
    }

    /// A new one, or why there is none; nothing was sent then.
    async fn acquire(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        let began = Instant::now();
        let acquired = match self.pool.acquire().await {
            Ok(connection) => Ok(connection),
            Err(Error::PoolTimedOut) => Err(no_connection("append", &self.pool, began.elapsed()).await),
            Err(error) => Err(faults::engine("append", error)),
        };
        self.shortage.set(acquired.as_ref().err().cloned());
        acquired
    }

    /// It has worked.
    pub(super) fn keep(&mut self, connection: PoolConnection<Postgres>) {
        self.idle = Some(Idle { connection, since: Instant::now() });
    }
}
