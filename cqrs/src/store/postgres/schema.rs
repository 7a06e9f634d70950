//! The schema: made, recognised and brought up to date by the library.
//!
//! Invariant: whoever changes it holds an advisory lock for the whole transaction, so of several processes that start
//! at once one makes it, and the others find it made.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::store::StoreError;

use super::faults;

/// What leads from each schema version to the next; the first makes version 1 out of an empty schema.
const MIGRATIONS: &[&[&str]] = &[
    &[include_str!("sql/schema_1.sql"), include_str!("sql/schema_1_horizon.sql")],
    &[
        include_str!("sql/schema_2_inbox.sql"),
        include_str!("sql/schema_2_partitions.sql"),
        include_str!("sql/schema_2_batches.sql"),
        include_str!("sql/schema_2_fence.sql"),
        include_str!("sql/schema_2_reading.sql"),
        include_str!("sql/schema_2_grants.sql"),
        include_str!("sql/schema_2_locks.sql"),
        include_str!("sql/schema_2_append.sql"),
        include_str!("sql/schema_2_append_each.sql"),
        include_str!("sql/schema_2_append_one.sql"),
    ],
    &[
        include_str!("sql/schema_3_commands.sql"),
        include_str!("sql/schema_3_stops.sql"),
        include_str!("sql/schema_3_due.sql"),
        include_str!("sql/schema_3_letters.sql"),
        include_str!("sql/schema_3_slots.sql"),
        include_str!("sql/schema_3_processes.sql"),
    ],
];

/// What writes events, and reads them on. After a migration it is made anew. What processes of a version before call goes by
/// other names, and stays as that version made it.
const FUNCTIONS: &[&str] = &[
    include_str!("sql/write_locks.sql"),
    include_str!("sql/write_guards.sql"),
    include_str!("sql/write_group.sql"),
    include_str!("sql/write_each.sql"),
    include_str!("sql/write_one.sql"),
    include_str!("sql/read_log.sql"),
    include_str!("sql/refuse_due.sql"),
];

/// The schema version this library writes.
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "there are a handful")]
const KNOWN: i32 = MIGRATIONS.len() as i32;

const OPERATION: &str = "make the schema";

/// Brings the schema up to date.
pub(super) async fn migrate(connection: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    let failed = |error| faults::engine(OPERATION, error);
    if inspect(connection, schema).await? == KNOWN {
        return Ok(());
    }
    let mut transaction = connection.begin().await.map_err(failed)?;
    match migrate_within(&mut transaction, schema).await {
        Ok(()) => transaction.commit().await.map_err(failed),
        Err(error) => {
            transaction.rollback().await.map_err(failed)?;
            Err(error)
        }
    }
}

async fn migrate_within(connection: &mut PgConnection, schema: &str) -> Result<(), StoreError> {
    let failed = |error| faults::engine(OPERATION, error);
    let lock = sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('cqrs schema ' || $1, 0))");
    lock.bind(schema).execute(&mut *connection).await.map_err(failed)?;
    // Another process may have done it since.
    let present = usize::try_from(inspect(connection, schema).await?).unwrap_or_default();
    if present == 0 {
        create(connection, schema).await.map_err(failed)?;
    } else if present < MIGRATIONS.len() {
        // Whoever appends looks at the commands before it writes events: so it ends first, and nobody waits in a circle.
        let lock = "LOCK TABLE commands IN ACCESS EXCLUSIVE MODE";
        sqlx::raw_sql(lock).execute(&mut *connection).await.map_err(failed)?;
    }
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(present) {
        apply(connection, index + 1, migration).await.map_err(failed)?;
    }
    if present < MIGRATIONS.len() {
        execute(connection, FUNCTIONS).await.map_err(failed)?;
    }
    Ok(())
}

/// The version of what is there, 0 for an empty schema or none at all. It changes nothing.
async fn inspect(connection: &mut PgConnection, schema: &str) -> Result<i32, StoreError> {
    let failed = |error| faults::engine("inspect the schema", error);
    let found = sqlx::query_as::<_, (bool, bool)>(include_str!("sql/inspect.sql")).bind(schema);
    match found.fetch_one(&mut *connection).await.map_err(failed)? {
        (true, _) => {}
        (false, true) => return Err(foreign(schema)),
        (false, false) => return Ok(0),
    }
    let version = sqlx::query_scalar::<_, i32>("SELECT coalesce(max(version), 0) FROM schema_versions");
    let version = version.fetch_one(connection).await.map_err(failed)?;
    if version > KNOWN {
        let store = format!("schema `{schema}`");
        return Err(StoreError::NewerSchema { store, found: version.into(), known: KNOWN.into() });
    }
    Ok(version)
}

fn foreign(schema: &str) -> StoreError {
    let what = format!("schema `{schema}` has a table `events` of another application; it was left as it is");
    StoreError::Damaged { what, source: None }
}

/// Makes the schema, unless somebody with the right to do so already has.
async fn create(connection: &mut PgConnection, schema: &str) -> sqlx::Result<()> {
    let sql = sqlx::query_scalar::<_, String>("SELECT format('CREATE SCHEMA IF NOT EXISTS %I', $1)");
    let sql = sql.bind(schema).fetch_one(&mut *connection).await?;
    let present =
        sqlx::query_scalar::<_, bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)");
    if present.bind(schema).fetch_one(&mut *connection).await? {
        return Ok(());
    }
    // The server itself has quoted the name.
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop)
}

async fn apply(connection: &mut PgConnection, version: usize, parts: &[&'static str]) -> sqlx::Result<()> {
    execute(connection, parts).await?;
    let version = i32::try_from(version).unwrap_or(i32::MAX);
    let record = sqlx::query("INSERT INTO schema_versions (version) VALUES ($1)").bind(version);
    record.execute(connection).await.map(drop)
}

async fn execute(connection: &mut PgConnection, parts: &[&'static str]) -> sqlx::Result<()> {
    for part in parts {
        sqlx::raw_sql(*part).execute(&mut *connection).await?;
    }
    Ok(())
}
