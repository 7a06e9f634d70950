//! The schema: made, recognised and brought up to date by the library.
//!
//! The file says what it is: `application_id` names this library, `user_version` the schema version.

use std::time::Instant;

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;

use super::faults;

/// `cqrs` in ASCII.
const APPLICATION_ID: i64 = 0x6371_7273;

/// What leads from each schema version to the next; the first makes version 1 out of an empty file. A file is
/// brought up to date in one transaction, so two processes that open it at once do it once.
const MIGRATIONS: &[&[&str]] = &[
    &[include_str!("sql/schema_1.sql")],
    &[include_str!("sql/schema_2_inbox.sql")],
    &[
        include_str!("sql/schema_3_commands.sql"),
        include_str!("sql/schema_3_due.sql"),
        include_str!("sql/schema_3_letters.sql"),
        include_str!("sql/schema_3_processes.sql"),
    ],
];

/// The schema version this library writes.
#[expect(clippy::cast_possible_wrap, reason = "there are a handful")]
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Refuses a file that is not a store, or one that this library does not understand. It changes nothing.
///
/// What it reads it reads in one transaction: another process may be making the schema between two reads.
pub(super) fn inspect(connection: &Connection) -> Result<i64, StoreError> {
    let started = Instant::now();
    let alone = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose();
    let _one_state = alone.map_err(|error| faults::locked("inspect the file", started, error))?;
    let read = |sql| {
        connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(|error| match error {
            error if error.sqlite_error_code().is_none() => faults::damaged("the file's header", error),
            error => faults::locked("inspect the file", started, error),
        })
    };
    let tables = read("SELECT count(*) FROM sqlite_schema")?;
    match (read("PRAGMA application_id")?, read("PRAGMA user_version")?) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION_ID, version) if version > KNOWN => {
            Err(StoreError::NewerSchema { store: file(connection), found: version, known: KNOWN })
        }
        (APPLICATION_ID, version) if version > 0 => Ok(version),
        (id, version) => Err(foreign(&file(connection), id, version)),
    }
}

/// The file of a connection, as people see it.
fn file(connection: &Connection) -> String {
    format!("the file {}", connection.path().unwrap_or_default())
}

fn foreign(file: &str, id: i64, version: i64) -> StoreError {
    StoreError::Damaged {
        what: format!(
            "{file} is a SQLite database of another application \
             (application id {id}, user version {version}); it was left as it is"
        ),
        source: None,
    }
}

/// Brings the schema up to date.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    if inspect(connection)? == KNOWN {
        return Ok(());
    }
    let started = Instant::now();
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| faults::locked("begin to make the schema", started, error))?;
    // Another process may have done it since.
    let present = usize::try_from(inspect(&transaction)?).unwrap_or(MIGRATIONS.len());
    let failed = |error| faults::engine("make the schema", error);
    for part in MIGRATIONS.get(present..).unwrap_or_default().iter().copied().flatten() {
        transaction.execute_batch(part).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    transaction.pragma_update(None, "user_version", KNOWN).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// The names of what the library itself makes in a file: tables, indexes, triggers. No other SQL may drop them.
pub(crate) fn own_objects() -> Result<Vec<String>, StoreError> {
    let failed = |error| faults::engine("look up the schema", error);
    let mut empty = Connection::open_in_memory().map_err(failed)?;
    migrate(&mut empty)?;
    let names = || -> rusqlite::Result<_> {
        let mut names = empty.prepare("SELECT name FROM sqlite_schema")?;
        names.query_map([], |row| row.get(0))?.collect()
    };
    names().map_err(failed)
}
