//! Opening connections.

use std::{path::Path, thread, time::Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::store::StoreError;

use super::{busy, faults, options::SqliteOptions, schema};

/// Refuses a path by which SQLite makes a database of its own for each connection, gone with it: readers would find nothing.
pub(super) fn refuse_memory(path: &Path) -> Result<(), StoreError> {
    let name = path.to_string_lossy();
    let uri = name.strip_prefix("file:");
    let in_memory = uri.is_some_and(|uri| uri.starts_with(":memory:") || uri.contains("mode=memory"));
    if name.is_empty() || name == ":memory:" || in_memory {
        return Err(StoreError::Unsupported(
            "open a SQLite database in memory: without a file each connection has one of its own; \
             the store in memory is `cqrs::store::memory::MemoryStore`",
        ));
    }
    Ok(())
}

/// The connection that writes, on a file with the present schema.
pub(super) fn writer(path: &Path, options: &SqliteOptions) -> Result<Connection, StoreError> {
    let failed = |error| faults::engine("open the file", error);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    busy::wait_for_locks(&connection).map_err(failed)?;
    // Before anything is changed: the file may be somebody else's.
    schema::inspect(&connection)?;
    use_write_ahead_log(&connection, options)?;
    connection.pragma_update(None, "synchronous", options.synchronous.pragma()).map_err(failed)?;
    connection.pragma_update(None, "cache_size", -16_384).map_err(failed)?;
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(failed)?;
    limit_size(&connection, options).map_err(failed)?;
    schema::migrate(&mut connection)?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error| faults::engine("open the file for reading", error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    busy::wait_for_locks(&connection).map_err(failed)?;
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    connection.pragma_update(None, "cache_size", -4_096).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Switches to the write-ahead log. SQLite does not wait for the lock this needs in every case, so we do.
fn use_write_ahead_log(connection: &Connection, options: &SqliteOptions) -> Result<(), StoreError> {
    let started = Instant::now();
    for tries in 0.. {
        let Err(error) = connection.pragma_update(None, "journal_mode", "WAL") else { break };
        let busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        if !busy || started.elapsed() >= options.busy_timeout {
            return Err(faults::locked("switch to the write-ahead log", started, error));
        }
        thread::sleep(busy::pause(tries));
    }
    Ok(())
}

fn limit_size(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    let Some(bytes) = options.max_size else { return Ok(()) };
    let page: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let pages = i64::try_from(bytes.div_ceil(u64::from(page.max(1)))).unwrap_or(i64::MAX);
    connection.pragma_update(None, "max_page_count", pages.clamp(1, i64::from(u32::MAX - 1)))
}

#[cfg(test)]
mod tests {
    use crate::store::sqlite::Synchronous;

    use super::*;

    /// What a missing sync loses no test can see that does not cut the power; that it is asked for, this one does.
    #[test]
    fn the_connection_that_writes_is_as_synchronous_as_asked() {
        let directory = tempfile::tempdir().unwrap();
        for (asked, expected) in [(Synchronous::Off, 0), (Synchronous::Normal, 1), (Synchronous::Full, 2)] {
            let options = SqliteOptions::default().synchronous(asked);
            let connection = writer(&directory.path().join("store.db"), &options).unwrap();
            let found: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
            assert_eq!(found, expected, "{asked:?}");
        }
    }
}
