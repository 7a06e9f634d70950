//! States kept to save folding: a shortcut, never a truth.

use futures_util::future::BoxFuture;

use crate::{
    event::Payload,
    message::{StreamId, Version},
};

use super::StoreError;

/// The state of an aggregate as of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Whose state it is.
    pub stream: StreamId,
    /// The last event that is in it.
    pub version: Version,
    /// The shape it was made under; under another it is ignored.
    pub fingerprint: u64,
    /// The state as JSON.
    pub state: Payload,
}

/// Keeps the latest snapshot of each stream.
pub trait SnapshotStore: Send + Sync + 'static {
    /// Keeps a snapshot, unless one of a later version and the same fingerprint is there.
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The latest snapshot of a stream, if there is one.
    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>>;
}

impl Snapshot {
    /// Whether this one stays when the other is to be saved.
    pub(crate) fn outlives(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint && self.version > other.version
    }
}
