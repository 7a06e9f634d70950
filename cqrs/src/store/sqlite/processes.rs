//! Where processes stand.

use rusqlite::{Connection, Row, params, types::ValueRef};

use crate::{
    message::StreamId,
    store::{ProcessCounts, ProcessQuery, ProcessRow, StoreError},
};

use super::{faults, rows, time};

/// Keeps a row, unless there is one that is as new.
pub(super) fn keep(connection: &Connection, row: &ProcessRow) -> rusqlite::Result<()> {
    let ProcessRow { process, ended, version, position, next_due } = row;
    let (version, position) = (rows::number(version.get()), rows::number(position.get()));
    let values =
        params![process.category(), process.key(), ended, version, position, next_due.map(time::text)];
    connection.prepare_cached(include_str!("sql/keep_process.sql"))?.execute(values).map(drop)
}

/// The first processes that a query wants.
pub(super) fn page(
    connection: &Connection,
    query: &ProcessQuery,
    limit: usize,
) -> Result<Vec<ProcessRow>, StoreError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let ProcessQuery { category, ended, after } = query;
    let read = |sql, values: &[&dyn rusqlite::ToSql]| {
        let mut statement = connection.prepare_cached(sql)?;
        let (mut found, mut page) = (statement.query(values)?, Vec::new());
        while let Some(row) = found.next()? {
            page.push(process(row).map_err(|error| unreadable(row, error)));
        }
        Ok(page)
    };
    let page = match after {
        Some(after) => read(include_str!("../sql/process_page.sql"), &[category, ended, after, &limit]),
        None => read(include_str!("../sql/first_process_page.sql"), &[category, ended, &limit]),
    };
    page.map_err(|error| faults::engine("read where processes stand", error))?.into_iter().collect()
}

/// How many processes of a category there are.
pub(super) fn count(connection: &Connection, category: &str) -> rusqlite::Result<ProcessCounts> {
    let mut statement = connection.prepare_cached(include_str!("../sql/count_processes.sql"))?;
    statement.query_one([category], |row| {
        Ok(ProcessCounts { running: rows::unsigned(row, 0)?, ended: rows::unsigned(row, 1)? })
    })
}

/// Which row it is, and why it cannot be read.
#[cold]
fn unreadable(row: &Row<'_>, error: rusqlite::Error) -> StoreError {
    let what = format!("where {} stands cannot be read: {}", rows::lossy(row, 6), rows::what(row, &error));
    faults::damaged(what, error)
}

/// A row of the table.
pub(super) fn process(row: &Row<'_>) -> rusqlite::Result<ProcessRow> {
    Ok(ProcessRow {
        process: StreamId::new(rows::small(row, 0)?, rows::small(row, 1)?),
        ended: row.get(2)?,
        version: rows::version(row, 3)?,
        position: rows::position(row, 4)?,
        next_due: match row.get_ref(5)? {
            ValueRef::Null => None,
            _ => Some(rows::parsed(row, 5)?),
        },
    })
}
