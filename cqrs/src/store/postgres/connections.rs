//! The connections that append. They are kept between groups: a pool tries each one out whenever it gets it back, which
//! takes a round trip.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgPool, Postgres, pool::PoolConnection};
use tokio::time::timeout;

use super::connect::FRESH;

/// How long a connection that was idle may take to answer before it is given up. One that was cut off without a word
/// would not answer for a quarter of an hour.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Those that no group uses at present.
pub(super) struct Connections {
    pool: PgPool,
    idle: Vec<Idle>,
}

struct Idle {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl Connections {
    pub(super) fn of(pool: PgPool) -> Self {
        Self { pool, idle: Vec::new() }
    }

    /// One for a group, made when it is needed.
    pub(super) fn take(&mut self) -> Connection {
        Connection { pool: self.pool.clone(), idle: self.idle.pop() }
    }

    /// Keeps one for the next group.
    pub(super) fn keep(&mut self, connection: Connection) {
        self.idle.extend(connection.idle);
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
    idle: Option<Idle>,
}

impl Connection {
    /// The connection, open. What was idle for long is tried out first.
    pub(super) async fn open(&mut self) -> sqlx::Result<PoolConnection<Postgres>> {
        let Some(Idle { mut connection, since }) = self.idle.take() else { return self.pool.acquire().await };
        if since.elapsed() < FRESH || matches!(timeout(ANSWERS_WITHIN, connection.ping()).await, Ok(Ok(()))) {
            return Ok(connection);
        }
        connection.close_on_drop();
        drop(connection);
        self.pool.acquire().await
    }

    /// It has worked.
    pub(super) fn keep(&mut self, connection: PoolConnection<Postgres>) {
        self.idle = Some(Idle { connection, since: Instant::now() });
    }
}
