//! What the server knows of a transaction that has failed, and its client does not: the statement.

use std::time::Duration;

use sqlx::PgPool;

use crate::store::StoreError;

use super::{ProjectionTransaction, failed};

/// How long an error waits for its statement. Where every connection is busy for longer, it goes without.
const PATIENCE: Duration = Duration::from_secs(1);

/// The session of a transaction, as others see it.
pub(crate) struct Session {
    pool: PgPool,
    pid: i32,
}

impl ProjectionTransaction {
    /// The session of this transaction.
    pub(crate) async fn session(&mut self) -> Result<Session, StoreError> {
        let pid = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *self.transaction);
        Ok(Session { pid: pid.await.map_err(failed)?, pool: self.pool.clone() })
    }
}

impl Session {
    /// The statement that it ran last; `None` if that cannot be found out soon.
    pub(crate) async fn last_statement(&self) -> Option<String> {
        let last = sqlx::query_scalar("SELECT query FROM pg_stat_activity WHERE pid = $1").bind(self.pid);
        tokio::time::timeout(PATIENCE, last.fetch_optional(&self.pool)).await.ok()?.ok()?
    }
}
