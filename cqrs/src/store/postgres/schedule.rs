//! What waits for a time.

use futures_util::future::BoxFuture;
use sqlx::{PgConnection, postgres::PgRow};

use crate::store::{
    CommandClaim, CommandFailure, Due, DueKey, DueKind, DueQuery, Fingerprint, RecordedCommand, Refusal,
    ScheduleStore, StoreError,
};

use super::{
    PostgresStore,
    commands::{self, Outcome},
    failures, faults, rows, time,
};

impl ScheduleStore for PostgresStore {
    fn set_due(&self, due: Due) -> BoxFuture<'_, Result<Option<Due>, StoreError>> {
        Box::pin(self.explained(async move {
            loop {
                if self.enter(include_str!("../sql/set_due.sql"), &due).await? == 1 {
                    return Ok(None);
                }
                // What was in the way may be gone since: then there is room now.
                if let Some(waiting) = self.find_due(&due.key).await? {
                    return Ok(Some(waiting));
                }
            }
        }))
    }

    fn replace_due(&self, due: Due) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.explained(async move {
            self.enter(include_str!("../sql/replace_due.sql"), &due).await.map(drop)
        }))
    }

    fn move_due<'a>(&'a self, read: &'a Due, to: Due) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.explained(async move {
            let change = sqlx::query(include_str!("../sql/move_due.sql"))
                .bind(time::text(to.due))
                .bind(&to.owner)
                .bind(&to.payload)
                .bind(read.key.kind.as_str())
                .bind(&read.key.key)
                .bind(time::text(read.due))
                .bind(&read.owner)
                .bind(&read.payload);
            let moved = change.execute(self.pool()).await;
            moved
                .map(|done| done.rows_affected() == 1)
                .map_err(|error| faults::engine("let something wait", error))
        }))
    }

    fn remove_due<'a>(&'a self, keys: &'a [DueKey]) -> BoxFuture<'a, Result<usize, StoreError>> {
        Box::pin(self.explained(async move {
            let (kinds, keys): (Vec<_>, Vec<_>) =
                keys.iter().map(|key| (key.kind.as_str(), key.key.as_str())).unzip();
            let remove = sqlx::query(include_str!("sql/remove_due.sql")).bind(kinds).bind(keys);
            let removed = remove.execute(self.pool()).await;
            removed
                .map(|done| usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
                .map_err(|error| faults::engine("remove what waited", error))
        }))
    }

    fn refuse_due<'a>(
        &'a self,
        key: &'a DueKey,
        command: &'a CommandClaim,
        refusal: &'a Refusal,
        failure: Option<&'a CommandFailure>,
    ) -> BoxFuture<'a, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(self.explained(async move {
            let outcome = Outcome { streams: Vec::new(), refusal: Some(refusal.clone()) };
            let outcome = serde_json::to_string(&outcome)
                .map_err(|error| StoreError::engine("encode the refusal", error))?;
            let failed = |error| faults::engine("refuse a command", error);
            let mut transaction = self.pool().begin().await.map_err(failed)?;
            let recorded = refuse(&mut transaction, key, command, &outcome).await.map_err(failed)?;
            if let (None, Some(failure)) = (&recorded, failure) {
                failures::keep(&mut *transaction, failure).await?;
            }
            transaction.commit().await.map_err(failed)?;
            Ok(recorded)
        }))
    }

    fn find_due<'a>(&'a self, key: &'a DueKey) -> BoxFuture<'a, Result<Option<Due>, StoreError>> {
        Box::pin(self.explained(async move {
            let find = sqlx::query(include_str!("../sql/find_due.sql")).bind(key.kind.as_str());
            let found = find.bind(&key.key).fetch_optional(self.pool()).await;
            found.and_then(|row| row.map(|row| due(&row, key.kind)).transpose()).map_err(unread)
        }))
    }

    fn due<'a>(&'a self, query: &'a DueQuery, limit: usize) -> BoxFuture<'a, Result<Vec<Due>, StoreError>> {
        Box::pin(self.explained(async move { self.page(query, limit).await.map_err(unread) }))
    }

    fn due_owners(&self, kind: DueKind) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        Box::pin(self.explained(async move {
            let owners = sqlx::query_scalar(include_str!("../sql/due_owners.sql")).bind(kind.as_str());
            owners.fetch_all(self.pool()).await.map_err(unread)
        }))
    }
}

fn unread(error: sqlx::Error) -> StoreError {
    faults::engine("read what waits", error)
}

impl PostgresStore {
    async fn enter(&self, sql: &'static str, due: &Due) -> Result<u64, StoreError> {
        let entered = sqlx::query(sql)
            .bind(due.key.kind.as_str())
            .bind(&due.key.key)
            .bind(time::text(due.due))
            .bind(&due.owner)
            .bind(&due.payload);
        let entered = entered.execute(self.pool()).await;
        entered.map(|done| done.rows_affected()).map_err(|error| faults::engine("let something wait", error))
    }

    async fn page(&self, query: &DueQuery, limit: usize) -> sqlx::Result<Vec<Due>> {
        let (time, key) = query
            .after
            .as_ref()
            .map_or_else(Default::default, |(time, key)| (time::text(*time), key.clone()));
        let page = sqlx::query(include_str!("sql/due.sql"))
            .bind(query.kind.as_str())
            .bind(&query.owners)
            .bind(query.until.map(time::text))
            .bind(time)
            .bind(key)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        page.fetch_all(self.pool()).await?.iter().map(|row| due(row, query.kind)).collect()
    }
}

async fn refuse(
    connection: &mut PgConnection,
    key: &DueKey,
    command: &CommandClaim,
    outcome: &str,
) -> sqlx::Result<Option<RecordedCommand>> {
    let CommandClaim { id, name, form, .. } = command;
    let refuse = sqlx::query(include_str!("sql/refuse_due_call.sql"))
        .bind(key.kind.as_str())
        .bind(&key.key)
        .bind(id.to_string())
        .bind(name.as_str())
        .bind(i64::from(form.version))
        .bind(form.shape.cast_signed())
        .bind(form.digest.as_ref().map(Fingerprint::as_bytes).map(|digest| &digest[..]))
        .bind(outcome);
    let recorded = refuse.fetch_optional(connection).await?;
    recorded.map_or(Ok(None), |row| commands::record(&row, 0, *id))
}

/// A row as what waits.
fn due(row: &PgRow, kind: DueKind) -> sqlx::Result<Due> {
    let [key, owner, payload] = [0, 2, 3].map(|index| rows::text(row, index).map(ToOwned::to_owned));
    Ok(Due { key: DueKey { kind, key: key? }, due: rows::parsed(row, 1)?, owner: owner?, payload: payload? })
}

/// Whether a row can be read as what waits.
pub(super) fn check(row: &PgRow) -> sqlx::Result<()> {
    due(row, DueKind::Command)?;
    rows::decoded::<serde::de::IgnoredAny>(row, 3).map(drop)
}
