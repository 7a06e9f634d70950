//! Looking a store over for damage.

use std::time::Instant;

use rusqlite::{Connection, Row};
use smol_str::SmolStr;

use crate::{
    event::StoredEvent,
    message::{Position, StreamId, Version},
    store::{CheckReport, Problem, StoreError, check::Copies},
};

use super::{SqliteStore, faults, read, rows};

impl SqliteStore {
    /// Looks the whole store over: the file's structure, the versions of each stream, every event's columns, JSON
    /// and metadata, and where the commands point to. It reads everything once, beside the writer.
    ///
    /// Names and schema versions that no event type of the program has are not known here, and not reported.
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        self.look(|connection| {
            let started = Instant::now();
            check(connection).map_err(|error| faults::locked("check the store", started, error))
        })
        .await
    }
}

fn check(connection: &Connection) -> rusqlite::Result<CheckReport> {
    // One transaction, so that all parts see the same state.
    let transaction = connection.unchecked_transaction()?;
    let mut report = CheckReport::default();
    check_file(&transaction, &mut report)?;
    check_events(&transaction, &mut report)?;
    check_versions(&transaction, &mut report)?;
    check_commands(&transaction, &mut report)?;
    Ok(report)
}

fn check_file(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("PRAGMA integrity_check")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    for what in lines {
        let what = what?;
        if what != "ok" {
            report.problems.push(Problem::File { what });
        }
    }
    Ok(())
}

fn check_events(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("sql/check_events.sql"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // The primary key of a table always is a number.
        let position = Position::new(row.get::<_, i64>(0)?.unsigned_abs());
        report.take_in(position, check_event(row));
    }
    Ok(())
}

/// The event, or what is wrong with it.
fn check_event<'a>(row: &'a Row<'_>) -> Result<StoredEvent<'a>, String> {
    let event = read::stored_event(row, None, true).map_err(|error| error.to_string())?;
    let column = |index| row.get_ref(index).ok().and_then(|value| value.as_str_or_null().ok().flatten());
    let copies = Copies { correlation_id: column(9), tenant: column(10), time: column(11) };
    copies.check(&event)?;
    Ok(event)
}

fn check_versions(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("sql/check_versions.sql"))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        report.problems.push(Problem::VersionGap {
            position: rows::position(row, 0)?,
            stream: StreamId::new(rows::small(row, 1)?, rows::small(row, 2)?),
            found: Version::new(row.get::<_, i64>(3)?.unsigned_abs()),
            expected: Version::new(row.get::<_, i64>(4)?.unsigned_abs()),
        });
    }
    Ok(())
}

fn check_commands(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("sql/check_commands.sql"))?;
    let found = statement.query_map([], |row| {
        let id: SmolStr = rows::small(row, 0)?;
        Ok(Problem::Command { id: id.to_string(), position: rows::position(row, 1)? })
    })?;
    for problem in found {
        report.problems.push(problem?);
    }
    Ok(())
}
