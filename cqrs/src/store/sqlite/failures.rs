//! Commands that failed.

use futures_util::future::BoxFuture;
use rusqlite::{Connection, Row, params};

use crate::{
    message::{CorrelationId, StreamId},
    store::{CommandFailure, FailureStore, StoreError},
};

use super::{SqliteStore, faults, rows, time};

impl FailureStore for SqliteStore {
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write("keep a failure", move |connection| {
            let metadata = serde_json::to_string(&failure.metadata)
                .map_err(|error| StoreError::engine("encode the metadata", error))?;
            insert(connection, &failure, &metadata).map_err(|error| faults::engine("keep a failure", error))
        }))
    }

    fn failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>> {
        Box::pin(self.read("read the failures", move |connection| latest(connection, correlation_id, limit)))
    }
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
    let failures: rusqlite::Result<Vec<_>> = match correlation_id {
        Some(id) => connection
            .prepare_cached(include_str!("sql/failures_by_correlation.sql"))?
            .query_map((limit, id.to_string()), row)?
            .collect(),
        None => {
            connection.prepare_cached(include_str!("sql/failures.sql"))?.query_map([limit], row)?.collect()
        }
    };
    let mut failures = failures?;
    failures.reverse();
    Ok(failures)
}

fn row(row: &Row<'_>) -> rusqlite::Result<CommandFailure> {
    let category: Option<String> = row.get(2)?;
    let key: Option<String> = row.get(3)?;
    Ok(CommandFailure {
        command_id: rows::parsed(row, 0)?,
        name: row.get(1)?,
        stream: category.zip(key).map(|(category, key)| StreamId::new(category, key)),
        code: row.get(4)?,
        error: row.get(5)?,
        metadata: rows::json(row, 6)?,
    })
}
