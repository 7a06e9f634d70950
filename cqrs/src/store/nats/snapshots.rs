//! Snapshots, one entry for each stream.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{
    event::Payload,
    message::{StreamId, Version},
    store::{Snapshot, SnapshotStore, StoreError},
};

use super::{NatsStore, marks::Mark, subject};

/// A snapshot as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    stream: StreamId,
    version: Version,
    fingerprint: u64,
    /// The sequence number of the message after which reading goes on, where it was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    state: Payload,
}

impl Kept {
    fn new(snapshot: Snapshot, end: Option<Mark>) -> Self {
        let Snapshot { stream, version, fingerprint, state } = snapshot;
        let sequence = end.filter(|end| end.version == version).map(|end| end.sequence);
        Self { stream, version, fingerprint, sequence, state }
    }

    fn into_snapshot(self) -> Snapshot {
        let Self { stream, version, fingerprint, state, .. } = self;
        Snapshot { stream, version, fingerprint, state }
    }
}

impl SnapshotStore for NatsStore {
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let inside = self.enter().await?;
            let end = inside.appends.marks.get(&snapshot.stream);
            let key = subject::of_stream(&snapshot.stream);
            let new = Kept::new(snapshot.clone(), end);
            loop {
                let entry = inside.snapshots.get::<Kept>("read a snapshot", &key).await?;
                if entry.value.is_some_and(|kept| kept.into_snapshot().outlives(&snapshot)) {
                    return Ok(());
                }
                if inside.snapshots.put("save a snapshot", &key, &new, entry.revision).await?.is_some() {
                    return Ok(());
                }
            }
        })
    }

    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        Box::pin(async move {
            let inside = self.enter().await?;
            let key = subject::of_stream(stream);
            let entry = inside.snapshots.get::<Kept>("read a snapshot", &key).await?;
            let Some(kept) = entry.value else { return Ok(None) };
            if let Some(sequence) = kept.sequence {
                inside.snapshot_ends.saw(stream, Mark { version: kept.version, sequence });
            }
            Ok(Some(kept.into_snapshot()))
        })
    }
}
