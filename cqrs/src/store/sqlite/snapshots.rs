//! Snapshots.

use futures_util::future::BoxFuture;
use rusqlite::{OptionalExtension, params};

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
            let mut statement = connection.prepare_cached(include_str!("sql/load_snapshot.sql"))?;
            let place = (stream.category(), stream.key());
            let found = statement.query_row(place, |row| {
                let state = Payload::from_json(row.get_ref(2)?.as_str()?);
                Ok((rows::version(row, 0)?, row.get::<_, i64>(1)?.cast_unsigned(), state))
            });
            let found = found.optional()?;
            Ok(found.map(|(version, fingerprint, state)| Snapshot {
                stream: stream.clone(),
                version,
                fingerprint,
                state,
            }))
        }))
    }
}
