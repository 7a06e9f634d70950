//! Snapshots.

use futures_util::future::BoxFuture;
use sqlx::{Row, postgres::PgRow};
use tracing::warn;

use crate::{
    event::Payload,
    message::StreamId,
    store::{Snapshot, SnapshotStore, StoreError},
};

use super::{PostgresStore, faults, rows};

impl SnapshotStore for PostgresStore {
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.explained(async move {
            let save = sqlx::query(include_str!("sql/save_snapshot.sql"))
                .bind(snapshot.stream.category())
                .bind(snapshot.stream.key())
                .bind(rows::number(snapshot.version.get()))
                // All 64 bits count; PostgreSQL's numbers have a sign.
                .bind(snapshot.fingerprint.cast_signed())
                .bind(snapshot.state.as_json());
            let saved = save.execute(self.pool()).await;
            saved.map(drop).map_err(|error| faults::engine("save a snapshot", error))
        }))
    }

    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        Box::pin(self.explained(async move {
            let load = sqlx::query(include_str!("../sql/load_snapshot.sql"));
            let found = load.bind(stream.category()).bind(stream.key()).fetch_optional(self.pool()).await;
            let found = found.map_err(|error| faults::engine("load a snapshot", error))?;
            Ok(found.and_then(|row| usable(stream, &row)))
        }))
    }
}

/// A snapshot saves time and is never trusted: without it, all events are folded.
fn usable(stream: &StreamId, row: &PgRow) -> Option<Snapshot> {
    let found = snapshot(stream, row).map_err(|error| rows::what(row, &error));
    found.inspect_err(|error| warn!(%stream, %error, "snapshot cannot be read, folding all events")).ok()
}

/// Whether a row can be read as a snapshot.
pub(super) fn check(row: &PgRow) -> sqlx::Result<()> {
    snapshot(&StreamId::new("", ""), row).map(drop)
}

fn snapshot(stream: &StreamId, row: &PgRow) -> sqlx::Result<Snapshot> {
    Ok(Snapshot {
        stream: stream.clone(),
        version: rows::version(row, 0)?,
        fingerprint: row.try_get::<i64, _>(1)?.cast_unsigned(),
        state: Payload::from_json(rows::text(row, 2)?),
    })
}
