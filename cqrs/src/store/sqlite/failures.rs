//! Commands that failed.

use futures_util::future::BoxFuture;
use rusqlite::{Connection, Params, Row, Statement, params, types::ValueRef};

use crate::{
    message::{CorrelationId, StreamId},
    store::{CommandFailure, FailureStore, FoundOfFailure, StoreError},
};

use super::{SqliteStore, faults, rows, time};

impl FailureStore for SqliteStore {
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write("keep a failure", move |connection| keep(connection, &failure)))
    }

    fn failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>> {
        Box::pin(self.read("read the failures", move |connection| latest(connection, correlation_id, limit)))
    }
}

/// Keeps a failure, in whatever transaction there is.
pub(super) fn keep(connection: &Connection, failure: &CommandFailure) -> Result<(), StoreError> {
    let metadata = serde_json::to_string(&failure.metadata)
        .map_err(|error| StoreError::engine("encode the metadata", error))?;
    insert(connection, failure, &metadata).map_err(|error| faults::engine("keep a failure", error))
}

fn insert(connection: &Connection, failure: &CommandFailure, metadata: &str) -> rusqlite::Result<()> {
    let values = params![
        failure.command_id.to_string(),
        failure.name,
        failure.stream.as_ref().map(StreamId::category),
        failure.stream.as_ref().map(StreamId::key),
        failure.code,
        failure.error,
        metadata,
        failure.metadata.correlation_id.to_string(),
        time::text(failure.metadata.time),
    ];
    connection.prepare_cached(include_str!("sql/record_failure.sql"))?.execute(values).map(drop)
}

fn latest(
    connection: &Connection,
    correlation_id: Option<CorrelationId>,
    limit: usize,
) -> rusqlite::Result<Vec<CommandFailure>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut failures = match correlation_id {
        Some(id) => {
            let sql = include_str!("sql/failures_by_correlation.sql");
            read_all(&mut *connection.prepare_cached(sql)?, (limit, id.to_string()))
        }
        None => read_all(&mut *connection.prepare_cached(include_str!("sql/failures.sql"))?, [limit]),
    }?;
    failures.reverse();
    Ok(failures)
}

fn read_all(statement: &mut Statement<'_>, values: impl Params) -> rusqlite::Result<Vec<CommandFailure>> {
    let (mut rows, mut failures) = (statement.query(values)?, Vec::new());
    while let Some(row) = rows.next()? {
        failures.push(failure(row).unwrap_or_else(|error| unreadable(row, &error)));
    }
    Ok(failures)
}

/// A row as a failure.
pub(super) fn failure(row: &Row<'_>) -> rusqlite::Result<CommandFailure> {
    let (category, key) = (row.get_ref(2)?, row.get_ref(3)?);
    let is_of_a_stream = category != ValueRef::Null && key != ValueRef::Null;
    let stream = is_of_a_stream.then(|| {
        let stream: rusqlite::Result<_> = Ok(StreamId::new(rows::small(row, 2)?, rows::small(row, 3)?));
        stream
    });
    Ok(CommandFailure {
        command_id: rows::parsed(row, 0)?,
        name: rows::text(row, 1)?.into(),
        stream: stream.transpose()?,
        code: rows::text(row, 4)?.into(),
        error: rows::text(row, 5)?.into(),
        metadata: rows::json(row, 6)?,
    })
}

/// One row that is damaged must not hide the others.
#[cold]
fn unreadable(row: &Row<'_>, error: &rusqlite::Error) -> CommandFailure {
    let found = FoundOfFailure {
        command_id: rows::parsed(row, 0).ok(),
        name: rows::text(row, 1).ok().map(str::to_owned),
        correlation_id: rows::parsed(row, 8).ok(),
        time: rows::parsed(row, 9).ok(),
    };
    CommandFailure::unreadable(&rows::lossy(row, 7), &rows::what(row, error), found)
}
