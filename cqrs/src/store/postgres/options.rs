//! How a PostgreSQL store is opened.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use crate::store::StoreError;

use super::{PostgresStore, faults};

/// How a store is opened; every option has a default.
///
/// ```no_run
/// use cqrs::store::postgres::PostgresStore;
///
/// # async {
/// let store = PostgresStore::builder().schema("bank").connect("postgres://localhost/bank").await?;
/// # Ok::<_, cqrs::store::StoreError>(store)
/// # };
/// ```
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    pub(super) schema: String,
    pub(super) writers: u32,
    pub(super) readers: u32,
    pub(super) projectors: u32,
    pub(super) max_group: usize,
    pub(super) busy_timeout: Duration,
    pub(super) statement_timeout: Duration,
    pub(super) idle_in_transaction_timeout: Duration,
    pub(super) idle_projection_timeout: Duration,
    pub(super) max_event_bytes: usize,
    pub(super) poll_interval: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "cqrs".into(),
            writers: 2,
            readers: 4,
            projectors: 4,
            max_group: 128,
            busy_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_mins(1),
            idle_in_transaction_timeout: Duration::from_mins(1),
            idle_projection_timeout: Duration::from_secs(10),
            max_event_bytes: 16 << 20,
            poll_interval: Duration::from_millis(100),
        }
    }
}

impl PostgresOptions {
    /// Sets the schema that holds the store's tables; `cqrs` by default. It is made if it is not there.
    #[must_use]
    pub fn schema(self, schema: impl Into<String>) -> Self {
        Self { schema: schema.into(), ..self }
    }

    /// Sets how many connections append at the same time; 2 by default, and at least 1. Appends that wait meanwhile share
    /// the next transaction. What was not needed for some seconds, four at most, is given back to the server, here as with all connections.
    #[must_use]
    pub fn writers(self, connections: u32) -> Self {
        Self { writers: connections.max(1), ..self }
    }

    /// Sets how many connections do everything else but projecting; 4 by default, and at least 1. Besides, one listens and one notifies.
    /// A process that has little to do keeps one of them, and the one that listens.
    #[must_use]
    pub fn readers(self, connections: u32) -> Self {
        Self { readers: connections.max(1), ..self }
    }

    /// Sets how many connections projections write through; 4 by default, and at least 1. A projection has one while it
    /// applies a batch; with more projections than connections they take turns.
    #[must_use]
    pub fn projectors(self, connections: u32) -> Self {
        Self { projectors: connections.max(1), ..self }
    }

    /// Sets how many appends at most share a transaction; 128 by default, and at least 1.
    #[must_use]
    pub fn max_group(self, appends: usize) -> Self {
        Self { max_group: appends.max(1), ..self }
    }

    /// Sets how long to wait for a stream another process has locked, or for a connection; ten seconds by default. It is the
    /// `lock_timeout` of the connections that do not append; one that appends gives way sooner, so that a locked stream
    /// holds up only the appends to it, and tries again until the time is over.
    #[must_use]
    pub fn busy_timeout(self, timeout: Duration) -> Self {
        Self { busy_timeout: timeout, ..self }
    }

    /// Sets how long one statement may take before the server ends it; a minute by default. It also bounds how long an
    /// append that is stuck can hold up readers.
    #[must_use]
    pub fn statement_timeout(self, timeout: Duration) -> Self {
        Self { statement_timeout: timeout, ..self }
    }

    /// Sets how long the transaction of a projection may wait for its process before the server ends it; ten seconds by default.
    /// It waits while an event handler is busy with something else than SQL; one that takes longer has its batch undone and
    /// handled again. A process that was stopped in the middle of a batch holds up its projections for as long.
    #[must_use]
    pub fn idle_projection_timeout(self, timeout: Duration) -> Self {
        Self { idle_projection_timeout: timeout, ..self }
    }

    /// Sets how long any other transaction may wait for its client before the server ends it; a minute by default. An append never
    /// waits so, being one statement. If a program of your own
    /// adds events, set the same for its role, by `ALTER ROLE .. SET idle_in_transaction_session_timeout`: a forgotten
    /// transaction holds up readers.
    #[must_use]
    pub fn idle_in_transaction_timeout(self, timeout: Duration) -> Self {
        Self { idle_in_transaction_timeout: timeout, ..self }
    }

    /// Sets how many bytes the payload of one event has at most; 16 MiB by default.
    #[must_use]
    pub fn max_event_bytes(self, bytes: usize) -> Self {
        Self { max_event_bytes: bytes, ..self }
    }

    /// Sets how often readers look for what other processes have written, should no notice reach them; ten times a second
    /// by default.
    #[must_use]
    pub fn poll_interval(self, interval: Duration) -> Self {
        Self { poll_interval: interval, ..self }
    }

    /// Opens the store at an address such as `postgres://user@host/database`, and makes its schema or brings it up to
    /// date. It needs a runtime, and the right to create the schema or to create tables in it; no superuser.
    ///
    /// Fails with [`StoreError::NewerSchema`] for a store of a newer version of this library, and with
    /// [`StoreError::Damaged`] for a schema that holds other tables of the same names, which it leaves as it is.
    pub async fn connect(self, address: &str) -> Result<PostgresStore, StoreError> {
        let address = address.parse().map_err(|error| faults::engine("read the address", error))?;
        self.connect_with(address).await
    }

    /// Opens the store with connection options of `sqlx`, in the same way.
    pub async fn connect_with(self, address: PgConnectOptions) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(address, self).await
    }
}
