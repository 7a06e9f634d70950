//! Commands that failed.

use futures_util::future::BoxFuture;
use sqlx::{PgExecutor, Row, postgres::PgRow};

use crate::{
    message::{CorrelationId, StreamId},
    store::{CommandFailure, FailureStore, FoundOfFailure, StoreError},
};

use super::{PostgresStore, faults, rows, time};

impl FailureStore for PostgresStore {
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.explained(async move { keep(self.pool(), &failure).await }))
    }

    fn failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>> {
        Box::pin(self.explained(async move {
            let latest = self.latest_failures(correlation_id, limit).await;
            latest.map_err(|error| faults::engine("read the failures", error))
        }))
    }
}

/// Keeps a failure, in whatever transaction there is.
pub(super) async fn keep<'c>(
    executor: impl PgExecutor<'c>,
    failure: &CommandFailure,
) -> Result<(), StoreError> {
    let metadata = serde_json::to_string(&failure.metadata)
        .map_err(|error| StoreError::engine("encode the metadata", error))?;
    let query = sqlx::query(include_str!("sql/record_failure.sql"))
        .bind(failure.command_id.to_string())
        .bind(&failure.name)
        .bind(failure.stream.as_ref().map(StreamId::category))
        .bind(failure.stream.as_ref().map(StreamId::key))
        .bind(&failure.code)
        .bind(rows::kept(&failure.error))
        .bind(metadata)
        .bind(failure.metadata.correlation_id.to_string())
        .bind(time::text(failure.metadata.time));
    let recorded = query.execute(executor).await;
    recorded.map(drop).map_err(|error| faults::engine("keep a failure", error))
}

impl PostgresStore {
    async fn latest_failures(
        &self,
        correlation_id: Option<CorrelationId>,
        limit: usize,
    ) -> sqlx::Result<Vec<CommandFailure>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let query = match correlation_id {
            Some(id) => {
                let query = sqlx::query(include_str!("sql/failures_by_correlation.sql"));
                query.bind(limit).bind(id.to_string())
            }
            None => sqlx::query(include_str!("sql/failures.sql")).bind(limit),
        };
        let found = query.fetch_all(self.pool()).await?;
        let named = |row| failure(row).unwrap_or_else(|error| unreadable(row, &error));
        Ok(found.iter().rev().map(named).collect())
    }
}

/// One row that is damaged must not hide the others.
#[cold]
fn unreadable(row: &PgRow, error: &sqlx::Error) -> CommandFailure {
    let found = FoundOfFailure {
        command_id: rows::id(row, 0).ok(),
        name: row.try_get(1).ok(),
        correlation_id: rows::id(row, 7).ok(),
        time: rows::parsed(row, 8).ok(),
    };
    CommandFailure::unreadable(row.try_get(9).unwrap_or("?"), &rows::what(row, error), found)
}

/// A row as a failure.
pub(super) fn failure(row: &PgRow) -> sqlx::Result<CommandFailure> {
    let category: Option<String> = row.try_get(2)?;
    let key: Option<String> = row.try_get(3)?;
    Ok(CommandFailure {
        command_id: rows::id(row, 0)?.into(),
        name: row.try_get(1)?,
        stream: category.zip(key).map(|(category, key)| StreamId::new(category, key)),
        code: row.try_get(4)?,
        error: row.try_get(5)?,
        metadata: rows::decoded(row, 6)?,
    })
}
