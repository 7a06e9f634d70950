//! Snapshots. They save time and hold no fact: failing to take one, or to believe one, harms nothing.

use tracing::warn;

use crate::{
    aggregate::Aggregate,
    error_chain,
    event::Payload,
    handler::Lifecycle,
    message::{StreamId, Version},
    store::{Snapshot, Store, StoreError},
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

/// A snapshot of a live state; `None` of any other, and of one that could not be read back as it is.
pub(crate) fn take<A: Aggregate>(stream: &StreamId, loaded: &Loaded<A>) -> Option<Snapshot> {
    let (state, _) = A::CODEC.read_back(loaded.state.live()?)
        .inspect_err(|error| warn!(%stream, version = %loaded.version, %error, "the state cannot be kept as a snapshot"))
        .ok()?;
    let (stream, state) = (stream.clone(), Payload::from_json(state));
    Some(Snapshot { stream, version: loaded.version, fingerprint: A::snapshot_fingerprint(), state })
}

/// Saves a snapshot; a failure is logged.
pub(crate) async fn save(store: &dyn Store, snapshot: Snapshot) {
    let (stream, version) = (snapshot.stream.clone(), snapshot.version);
    if let Err(error) = store.save_snapshot(snapshot).await {
        warn!(%stream, %version, %error, "snapshot was not saved");
    }
}

/// The state of the latest snapshot. It saves time and is never trusted: if it was made under another shape of the state,
/// is damaged or does not decode, there is none.
pub(super) async fn load<A: Aggregate>(
    store: &dyn Store,
    stream: &StreamId,
) -> Result<Option<Loaded<A>>, StoreError> {
    let snapshot = match store.load_snapshot(stream).await {
        Err(error @ (StoreError::Damaged { .. } | StoreError::Decode(_))) => {
            warn!(%stream, error = error_chain::chain(&error), "the snapshot is damaged, folding all events");
            None
        }
        found => found?,
    };
    let usable = snapshot.filter(|snapshot| snapshot.fingerprint == A::snapshot_fingerprint());
    Ok(usable.and_then(|snapshot| decode(&snapshot)))
}

fn decode<A: Aggregate>(snapshot: &Snapshot) -> Option<Loaded<A>> {
    let Snapshot { stream, version, .. } = snapshot;
    let state = A::CODEC
        .decode(snapshot.state.as_json())
        .inspect_err(
            |error| warn!(%stream, %version, %error, "the snapshot does not decode, folding all events"),
        )
        .ok()?;
    if *version == Version::NONE {
        warn!(%stream, "the snapshot is of no version, folding all events");
        return None;
    }
    Some(Loaded { state: Lifecycle::Live(state), version: *version, snapshot: *version, folded: 0 })
}
