//! The connections that append. They are kept between groups: a pool tries each one out whenever it gets it back, which
//! takes a round trip.

use std::time::Instant;

use sqlx::{PgPool, Postgres, pool::PoolConnection};

use super::super::connect::FRESH;

/// Those that no group uses at present.
pub(super) struct Connections {
    pool: PgPool,
    idle: Vec<(PoolConnection<Postgres>, Instant)>,
}

impl Connections {
    pub(super) fn of(pool: PgPool) -> Self {
        Self { pool, idle: Vec::new() }
    }

    /// One for a group, made when it is needed. What was idle for long goes back to the pool first, to be tried out.
    pub(super) fn take(&mut self) -> Connection {
        self.idle.retain(|(_, since)| since.elapsed() < FRESH);
        Connection { pool: self.pool.clone(), open: self.idle.pop().map(|(open, _)| open) }
    }

    /// Keeps one for the next group.
    pub(super) fn keep(&mut self, connection: Connection) {
        self.idle.extend(connection.open.map(|open| (open, Instant::now())));
    }

    /// Closes all of them. None is in use.
    pub(super) async fn close(&mut self) {
        self.idle.clear();
        self.pool.close().await;
    }
}

/// A connection of a group: none until it is needed, and none after an error, which the pool is to look into.
pub(in super::super) struct Connection {
    pool: PgPool,
    open: Option<PoolConnection<Postgres>>,
}

impl Connection {
    /// The connection, open.
    pub(in super::super) async fn open(&mut self) -> sqlx::Result<PoolConnection<Postgres>> {
        match self.open.take() {
            Some(open) => Ok(open),
            None => self.pool.acquire().await,
        }
    }

    /// It has worked.
    pub(in super::super) fn keep(&mut self, open: PoolConnection<Postgres>) {
        self.open = Some(open);
    }
}
