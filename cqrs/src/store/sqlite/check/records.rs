//! The rows beside the log: each is read as it is in use, and none that is damaged hides the others.

use rusqlite::{Connection, Row};

use crate::{
    message::{CommandId, Position},
    store::{
        CheckReport, Damage,
        sqlite::{dead_letters, failures, processes, rows, schedule, snapshots, subscriptions},
    },
};

pub(super) fn check(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    for table in TABLES {
        check_rows(connection, report, table)?;
    }
    check_commands(connection, report)?;
    check_checkpoints(connection, report)
}

/// A table beside the log.
struct Table {
    name: &'static str,
    /// All rows, with the columns that `read` takes.
    rows: &'static str,
    read: fn(&Row<'_>) -> rusqlite::Result<()>,
    /// What a row is found by.
    row: fn(&Row<'_>) -> String,
}

const TABLES: &[Table] = &[
    Table {
        name: "commands",
        rows: include_str!("../sql/check_command_rows.sql"),
        read: |row| {
            rows::parsed::<CommandId>(row, 7)?;
            rows::command(row).map(drop)
        },
        row: |row| rows::lossy(row, 7),
    },
    Table {
        name: "failures",
        rows: include_str!("../sql/check_failure_rows.sql"),
        read: |row| failures::failure(row).map(drop),
        row: |row| rows::lossy(row, 7),
    },
    Table {
        name: "subscriptions",
        rows: include_str!("../../sql/subscriptions.sql"),
        read: |row| subscriptions::subscription(row).map(drop),
        row: |row| rows::lossy(row, 0),
    },
    Table {
        name: "dead_letters",
        rows: include_str!("../sql/check_letter_rows.sql"),
        read: |row| dead_letters::letter(row).map(drop),
        row: dead_letters::name,
    },
    Table {
        name: "snapshots",
        rows: include_str!("../sql/check_snapshot_rows.sql"),
        read: |row| snapshots::check(row),
        row: |row| format!("{}/{}", rows::lossy(row, 3), rows::lossy(row, 4)),
    },
    Table {
        name: "process_rows",
        rows: include_str!("../../sql/check_process_rows.sql"),
        read: |row| processes::process(row).map(drop),
        row: |row| rows::lossy(row, 6),
    },
    Table {
        name: "due",
        rows: include_str!("../../sql/check_due_rows.sql"),
        read: schedule::check,
        row: |row| rows::lossy(row, 4),
    },
];

fn check_rows(connection: &Connection, report: &mut CheckReport, table: &Table) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(table.rows)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        if let Err(error) = (table.read)(row) {
            let what = rows::what(row, &error);
            report.add(Damage::Row { table: table.name, row: (table.row)(row), what });
        }
    }
    Ok(())
}

/// Records whose events are not there.
fn check_commands(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("../sql/check_commands.sql"))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let position = Position::new(row.get::<_, i64>(1)?.unsigned_abs());
        report.add(Damage::Command { id: rows::lossy(row, 0), position });
    }
    Ok(())
}

/// Checkpoints beyond the end of the log. A subscription moves its checkpoint to where it has read, never further.
fn check_checkpoints(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("../sql/check_checkpoints.sql"))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let position =
            |index| Ok::<_, rusqlite::Error>(Position::new(row.get::<_, i64>(index)?.unsigned_abs()));
        let subscription = rows::lossy(row, 0);
        report.add(Damage::Checkpoint { subscription, position: position(1)?, head: position(2)? });
    }
    Ok(())
}
