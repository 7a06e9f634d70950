//! States kept to save folding: a shortcut, never a truth.

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{
    event::Payload,
    message::{StreamId, Version},
};

use super::StoreError;

/// The state of an aggregate as of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Keeps a snapshot in the place of the one that is there, unless that [outlives](Snapshot::outlives) it. Which it was
    /// is not told: a snapshot is a shortcut.
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Returns the snapshot of a stream, if there is one. It is handed out whatever its fingerprint is: whoever asks for it knows which
    /// he can read.
    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>>;
}

impl Snapshot {
    /// Returns whether this one stays when the other is to be saved: it has the same fingerprint and a later version. One of the same
    /// version does not.
    pub fn outlives(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint && self.version > other.version
    }
}
