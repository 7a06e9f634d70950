//! What a call has waited for in vain: of a lock the server does not say how long that was, and a pool does not say why
//! it has no connection.

use std::time::{Duration, Instant};

use sqlx::{Connection as _, Error, PgConnection, PgPool};
use tokio::time::timeout;

use crate::{
    error_chain::because_unless_said,
    store::{SharedError, StoreError},
};

use super::{PostgresStore, faults};

/// How long the server may take to say why it gives no connection.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// A pool had no connection.
#[derive(Debug, thiserror::Error)]
#[error("no connection was to be had within {waited:.1?}: {why}{}", because_unless_said(.why, .said.as_ref()))]
struct NoConnection {
    waited: Duration,
    why: String,
    /// What the server says.
    #[source]
    said: Option<SharedError>,
}

impl PostgresStore {
    /// What `call` gives, with its true wait where it waited in vain.
    pub(super) async fn explained<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.explained_on(self.pool(), call).await
    }

    /// The same, of a call that takes its connection from this pool.
    pub(super) async fn explained_on<T>(
        &self,
        pool: &PgPool,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let began = Instant::now();
        let (operation, source) = match call.await {
            Err(StoreError::Unavailable { operation, source }) => (operation, source),
            outcome => return outcome,
        };
        let waited = began.elapsed();
        Err(match source.downcast_ref::<Error>() {
            Some(error) if faults::is_locked(error) => {
                StoreError::Busy { waited, limit: self.options().busy_timeout }
            }
            Some(Error::PoolTimedOut) => no_connection(operation, pool, waited).await,
            _ => StoreError::Unavailable { operation, source },
        })
    }
}

/// What it means that a pool had no connection for so long. The pool has heard why, and keeps it to itself; so the server
/// is asked once more, beside it.
pub(super) async fn no_connection(operation: &'static str, pool: &PgPool, waited: Duration) -> StoreError {
    let most = pool.options().get_max_connections();
    let address = pool.connect_options();
    let (why, said) = match timeout(ANSWERS_WITHIN, PgConnection::connect_with(&address)).await {
        Ok(Ok(connection)) => {
            drop(connection.close().await);
            (
                format!(
                    "all {most} that this process has for it were in use, or the server had none until now"
                ),
                None,
            )
        }
        Ok(Err(error)) => ("the server gives none".to_owned(), Some(error.into())),
        Err(_) => ("the server does not answer".to_owned(), None),
    };
    StoreError::unavailable(operation, NoConnection { waited, why, said })
}
