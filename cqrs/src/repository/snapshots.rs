//! When a snapshot is taken. It saves time and holds no fact, so that failing to take one harms nothing.

use tracing::warn;

use crate::{
    aggregate::Aggregate,
    event::Payload,
    message::StreamId,
    store::{Snapshot, Store},
};

use super::Loaded;

/// After folding so many events in one load a snapshot is taken whatever the policy says, so that the next
/// load is short.
const LONG_LOAD: u64 = 1_000;

/// Whether a snapshot is due: so many events after the last one as the aggregate says, or after a long load.
pub(crate) fn due<A: Aggregate>(loaded: &Loaded<A>) -> bool {
    let since = loaded.version.get().saturating_sub(loaded.snapshot.get());
    let every = A::SNAPSHOT_EVERY.is_some_and(|every| since >= every.max(1));
    every || (loaded.folded >= LONG_LOAD && since >= LONG_LOAD)
}

/// A snapshot of a live state; `None` of any other, or if the state cannot be written as JSON.
pub(crate) fn take<A: Aggregate>(stream: &StreamId, loaded: &Loaded<A>) -> Option<Snapshot> {
    let encoded = Payload::encode(loaded.state.live()?);
    let state =
        encoded.inspect_err(|error| warn!(%stream, %error, "state cannot be kept as a snapshot")).ok()?;
    let fingerprint = A::snapshot_fingerprint();
    Some(Snapshot { stream: stream.clone(), version: loaded.version, fingerprint, state })
}

/// Saves a snapshot; a failure is logged.
pub(crate) async fn save(store: &dyn Store, snapshot: Snapshot) {
    let (stream, version) = (snapshot.stream.clone(), snapshot.version);
    if let Err(error) = store.save_snapshot(snapshot).await {
        warn!(%stream, %version, %error, "snapshot was not saved");
    }
}
