//! The connections: a bounded number, whatever the load.

use std::time::Duration;

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};

use crate::store::StoreError;

use super::{faults, options::PostgresOptions};

/// A connection that was idle for longer is tried before it is used; the server may have gone.
pub(super) const FRESH: Duration = Duration::from_secs(1);

/// How long a group waits for a lock before its members are tried one by one, so that who is blocked does not block
/// the others.
pub(super) const GROUP_PATIENCE: Duration = Duration::from_millis(100);

/// How many bytes a group of appends has at most.
const GROUP_BYTES: usize = 16 << 20;

/// The same where connections are encrypted. More would take more than one record of TLS, and so more than one write; and
/// `sqlx` 0.9.0 sets no `TCP_NODELAY`, so that the second waits until the server has confirmed the first, which it puts off.
const ENCRYPTED_GROUP_BYTES: usize = 15 << 10;

/// How many bytes a group of appends has at most on connections as this pool's.
pub(super) async fn group_bytes(pool: &PgPool) -> Result<usize, StoreError> {
    let encrypted = "SELECT EXISTS (SELECT FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl)";
    let encrypted = sqlx::query_scalar::<_, bool>(encrypted).fetch_one(pool).await;
    let encrypted = encrypted.map_err(|error| faults::engine("look at the connection", error))?;
    Ok(if encrypted { ENCRYPTED_GROUP_BYTES } else { GROUP_BYTES })
}

/// The connections that append.
pub(super) fn writers(address: &PgConnectOptions, options: &PostgresOptions) -> PgPool {
    pool(address, options, options.writers, GROUP_PATIENCE)
}

/// The connections that do everything else.
pub(super) fn readers(address: &PgConnectOptions, options: &PostgresOptions) -> PgPool {
    // One listens all the time, and one may be busy with notices.
    pool(address, options, options.readers + 2, options.busy_timeout)
}

/// The connections in whose transactions projections write: whoever appends or reads never waits for one of them.
pub(super) fn projectors(address: &PgConnectOptions, options: &PostgresOptions) -> PgPool {
    pool(address, options, options.projectors, options.busy_timeout)
}

fn pool(
    address: &PgConnectOptions,
    options: &PostgresOptions,
    connections: u32,
    lock_timeout: Duration,
) -> PgPool {
    let session = Session {
        schema: options.schema.clone(),
        lock_timeout: milliseconds(lock_timeout),
        statement_timeout: milliseconds(options.statement_timeout),
        idle_timeout: milliseconds(options.idle_in_transaction_timeout),
    };
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.busy_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for >= FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            let session = session.clone();
            Box::pin(async move { session.begin(connection).await })
        })
        .connect_lazy_with(address.clone().disable_statement_logging())
}

/// What holds for a connection as long as it lives.
#[derive(Clone)]
struct Session {
    schema: String,
    lock_timeout: String,
    statement_timeout: String,
    idle_timeout: String,
}

impl Session {
    async fn begin(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        let session = sqlx::query(include_str!("sql/session.sql"))
            .bind(&self.schema)
            .bind(&self.lock_timeout)
            .bind(&self.statement_timeout)
            .bind(&self.idle_timeout);
        session.execute(connection).await.map(drop)
    }
}

/// A time as PostgreSQL takes it, at least a millisecond: zero would mean for ever.
fn milliseconds(time: Duration) -> String {
    time.as_millis().clamp(1, i32::MAX.unsigned_abs().into()).to_string()
}
