//! The connections: a bounded number, whatever the load.

use std::time::Duration;

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};

use super::options::PostgresOptions;

/// A connection that was idle for longer is tried before it is used; the server may have gone.
pub(super) const FRESH: Duration = Duration::from_secs(1);

/// How long a group waits for a lock before its members are tried one by one, so that who is blocked does not block
/// the others.
pub(super) const GROUP_PATIENCE: Duration = Duration::from_millis(100);

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
