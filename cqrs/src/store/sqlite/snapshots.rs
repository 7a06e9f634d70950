//! Snapshots.

use futures_util::future::BoxFuture;
use rusqlite::{OptionalExtension, Row, params};
use tracing::warn;

use crate::{
    event::Payload,
    message::StreamId,
    store::{Snapshot, SnapshotStore, StoreError},
};

use super::{SqliteStore, faults, rows};

impl SnapshotStore for SqliteStore {
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write("save a snapshot", move |connection| {
            let values = params![
                snapshot.stream.category(),
                snapshot.stream.key(),
                rows::number(snapshot.version.get()),
                // All 64 bits count; SQLite's numbers have a sign.
                snapshot.fingerprint.cast_signed(),
                snapshot.state.as_json(),
            ];
            let save = || connection.prepare_cached(include_str!("sql/save_snapshot.sql"))?.execute(values);
            save().map(drop).map_err(|error| faults::engine("save a snapshot", error))
        }))
    }

    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        let stream = stream.clone();
        Box::pin(self.read("load a snapshot", move |connection| {
            let mut statement = connection.prepare_cached(include_str!("../sql/load_snapshot.sql"))?;
            let found =
                statement.query_row((stream.category(), stream.key()), |row| Ok(snapshot(row, &stream)));
            Ok(found.optional()?.and_then(|found| usable(found, &stream)))
        }))
    }
}

/// A row as a snapshot of a stream.
fn snapshot(row: &Row<'_>, stream: &StreamId) -> rusqlite::Result<Snapshot> {
    Ok(Snapshot {
        stream: stream.clone(),
        version: rows::version(row, 0)?,
        fingerprint: row.get::<_, i64>(1)?.cast_unsigned(),
        state: Payload::from_json(rows::text(row, 2)?),
    })
}

/// Whether a row can be read as a snapshot.
pub(super) fn check(row: &Row<'_>) -> rusqlite::Result<()> {
    snapshot(row, &StreamId::new("", "")).map(drop)
}

/// A snapshot saves time and is never trusted: without it, all events are folded.
fn usable(found: rusqlite::Result<Snapshot>, stream: &StreamId) -> Option<Snapshot> {
    found.inspect_err(|error| warn!(%stream, %error, "snapshot cannot be read, folding all events")).ok()
}
