//! How far each listener of an event bus has come.

use futures_util::future::BoxFuture;

use crate::{
    message::{StreamId, Version},
    store::{InboxStore, StoreError},
};

use super::{PostgresStore, faults, rows};

impl InboxStore for PostgresStore {
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        Box::pin(self.explained(async move {
            let last = sqlx::query(include_str!("../sql/last_handled.sql"));
            let last = last.bind(group).bind(stream.category()).bind(stream.key());
            let found = last.fetch_optional(self.pool()).await;
            let found = found.and_then(|row| row.map(|row| rows::version(&row, 0)).transpose());
            found
                .map(|version| version.unwrap_or(Version::NONE))
                .map_err(|error| faults::engine("read the inbox", error))
        }))
    }

    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.explained(async move {
            let record = sqlx::query(include_str!("sql/record_handled.sql"))
                .bind(group)
                .bind(stream.category())
                .bind(stream.key())
                .bind(rows::number(from.get()))
                .bind(rows::number(to.get()));
            let recorded = record.execute(self.pool()).await;
            recorded
                .map(|done| done.rows_affected() == 1)
                .map_err(|error| faults::engine("note what was handled", error))
        }))
    }
}
