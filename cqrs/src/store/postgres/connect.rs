//! The connections: a bounded number, whatever the load.

use std::time::Duration;

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};
use tokio::time::timeout;

use crate::store::StoreError;

use super::{faults, options::PostgresOptions};

/// A connection that was idle for longer is tried before it is used; the server may have gone.
pub(super) const FRESH: Duration = Duration::from_secs(1);

/// How long a group waits for a lock before its members are tried one by one, so that who is blocked does not block
/// the others.
pub(super) const GROUP_PATIENCE: Duration = Duration::from_millis(100);

/// How many bytes the name of a schema has at most: the server cuts off what is more.
const MAX_SCHEMA_BYTES: usize = 63;

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

/// Where a server is, for messages: host, port and database, without the credentials.
pub(super) fn place(address: &PgConnectOptions) -> String {
    let database = address.get_database().unwrap_or_default();
    format!("{}:{}/{database}", address.get_host(), address.get_port())
}

/// The first connection, by which the store is opened. What keeps it from coming about is told at once: a pool would try for
/// a while, and then only say that it has.
pub(super) async fn first(
    address: &PgConnectOptions,
    options: &PostgresOptions,
) -> Result<PgConnection, StoreError> {
    let failed = |error| faults::engine("connect", error);
    let address = address.clone().disable_statement_logging();
    let connecting = timeout(options.busy_timeout, PgConnection::connect_with(&address));
    let Ok(connection) = connecting.await else {
        let waited = options.busy_timeout;
        return Err(StoreError::unavailable(
            "connect",
            format!("the server did not answer within {waited:?}"),
        ));
    };
    let mut connection = connection.map_err(failed)?;
    Session::of(options, options.busy_timeout, options.idle_in_transaction_timeout)
        .begin(&mut connection)
        .await
        .map_err(failed)?;
    Ok(connection)
}

/// Refuses the name of a schema that the server would not take as it is: it cuts a longer one off, so that two could become
/// one.
pub(super) fn check_schema(schema: &str) -> Result<(), StoreError> {
    let reason = match schema {
        "" => "it is empty".into(),
        name if name.contains('\0') => "it contains a NUL".into(),
        name if name.len() > MAX_SCHEMA_BYTES => {
            format!("it has {} bytes, and PostgreSQL takes {MAX_SCHEMA_BYTES}", name.len())
        }
        _ => return Ok(()),
    };
    Err(StoreError::engine(
        "open the store",
        SchemaName { schema: schema.escape_debug().to_string(), reason },
    ))
}

/// The name of a schema that cannot be one.
#[derive(Debug, thiserror::Error)]
#[error("`{schema}` cannot be the name of a schema: {reason}")]
struct SchemaName {
    schema: String,
    reason: String,
}

/// The connections that append.
pub(super) fn writers(address: &PgConnectOptions, options: &PostgresOptions) -> PgPool {
    let idle = options.idle_in_transaction_timeout;
    pool(address, options, options.writers, (GROUP_PATIENCE, idle))
}

/// The connections that do everything else.
pub(super) fn readers(address: &PgConnectOptions, options: &PostgresOptions) -> PgPool {
    // One listens all the time, and one may be busy with notices.
    let idle = options.idle_in_transaction_timeout;
    pool(address, options, options.readers + 2, (options.busy_timeout, idle))
}

/// The connections in whose transactions projections write: whoever appends or reads never waits for one of them. A process
/// that was stopped in the middle of one has locks that others wait for, so the server waits for it less long.
pub(super) fn projectors(address: &PgConnectOptions, options: &PostgresOptions) -> PgPool {
    pool(address, options, options.projectors, (options.busy_timeout, options.idle_projection_timeout))
}

fn pool(
    address: &PgConnectOptions,
    options: &PostgresOptions,
    connections: u32,
    (lock_timeout, idle_timeout): (Duration, Duration),
) -> PgPool {
    let session = Session::of(options, lock_timeout, idle_timeout);
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
    fn of(options: &PostgresOptions, lock_timeout: Duration, idle_timeout: Duration) -> Self {
        Self {
            schema: options.schema.clone(),
            lock_timeout: milliseconds(lock_timeout),
            statement_timeout: milliseconds(options.statement_timeout),
            idle_timeout: milliseconds(idle_timeout),
        }
    }

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
