//! The latest snapshot of each stream.

use std::collections::HashMap;

use futures_util::future::{BoxFuture, FutureExt};

use crate::{
    message::StreamId,
    store::{Snapshot, SnapshotStore, StoreError},
};

use super::MemoryStore;

pub(super) type Snapshots = HashMap<StreamId, Snapshot>;

impl SnapshotStore for MemoryStore {
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let snapshots = &mut self.open()?.snapshots;
            if snapshots.get(&snapshot.stream).is_none_or(|kept| !kept.outlives(&snapshot)) {
                snapshots.insert(snapshot.stream.clone(), snapshot);
            }
            Ok(())
        }
        .boxed()
    }

    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        async move { Ok(self.open()?.snapshots.get(stream).cloned()) }.boxed()
    }
}
