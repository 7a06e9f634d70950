//! The rows beside the log: each is read as it is in use, and none that is damaged hides the others.

use futures_util::TryStreamExt;
use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{
    message::Position,
    store::{
        CheckReport, Damage,
        postgres::{commands, dead_letters, failures, processes, rows, schedule, snapshots, subscriptions},
    },
};

pub(super) async fn check(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    for table in TABLES {
        check_rows(connection, report, table).await?;
    }
    check_commands(connection, report).await?;
    check_checkpoints(connection, report).await
}

/// A table beside the log.
struct Table {
    name: &'static str,
    /// All rows, with the columns that `read` takes, and as the last what the row is found by.
    rows: &'static str,
    read: fn(&PgRow) -> sqlx::Result<()>,
}

const TABLES: &[Table] = &[
    Table { name: "commands", rows: include_str!("../sql/check_command_rows.sql"), read: commands::check },
    Table {
        name: "failures",
        rows: include_str!("../sql/check_failure_rows.sql"),
        read: |row| failures::failure(row).map(drop),
    },
    Table {
        name: "subscriptions",
        rows: include_str!("../sql/check_subscription_rows.sql"),
        read: |row| subscriptions::subscription(row).map(drop),
    },
    Table {
        name: "dead_letters",
        rows: include_str!("../sql/check_letter_rows.sql"),
        read: |row| dead_letters::letter(row).map(drop),
    },
    Table { name: "snapshots", rows: include_str!("../sql/check_snapshot_rows.sql"), read: snapshots::check },
    Table {
        name: "process_rows",
        rows: include_str!("../../sql/check_process_rows.sql"),
        read: |row| processes::process(row).map(drop),
    },
    Table { name: "due", rows: include_str!("../../sql/check_due_rows.sql"), read: schedule::check },
];

async fn check_rows(
    connection: &mut PgConnection,
    report: &mut CheckReport,
    table: &Table,
) -> sqlx::Result<()> {
    let mut found = sqlx::query(table.rows).fetch(connection);
    while let Some(row) = found.try_next().await? {
        if let Err(error) = (table.read)(&row) {
            let name = row.try_get(row.len() - 1).unwrap_or("?").to_owned();
            report.add(Damage::Row { table: table.name, row: name, what: rows::what(&row, &error) });
        }
    }
    Ok(())
}

/// Records whose events are not there.
async fn check_commands(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let mut lost = sqlx::query(include_str!("../sql/check_commands.sql")).fetch(connection);
    while let Some(command) = lost.try_next().await? {
        report.add(Damage::Command { id: command.try_get(0)?, position: rows::position(&command, 1)? });
    }
    Ok(())
}

/// Checkpoints beyond what was ever given out. A subscription moves its checkpoint to where it has read, never further.
async fn check_checkpoints(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let mut found = sqlx::query(include_str!("../sql/check_checkpoints.sql")).fetch(connection);
    while let Some(row) = found.try_next().await? {
        let (position, head): (Position, Position) = (rows::position(&row, 1)?, rows::position(&row, 2)?);
        report.add(Damage::Checkpoint { subscription: row.try_get(0)?, position, head });
    }
    Ok(())
}
