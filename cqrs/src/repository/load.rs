//! Folding a stream, in constant memory however long it is.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{Instrument, debug_span, field, warn};

use crate::{
    aggregate::Aggregate,
    event::StoredEvent,
    handler::{EventContext, Fold, Lifecycle},
    message::{StreamId, Version},
    store::{EventQuery, Snapshot, Store, visit_all},
};

use super::{LoadError, Loaded};

/// The state of an aggregate: its latest usable snapshot and the events since. A stream without events gives
/// the initial state at [`Version::NONE`].
pub(crate) async fn load<A: Aggregate>(store: &dyn Store, stream: &StreamId) -> Result<Loaded<A>, LoadError> {
    let span = debug_span!("load", %stream, events = field::Empty);
    async {
        let loaded = fold_after(store, stream, from_snapshot(store, stream).await?).await?;
        tracing::Span::current().record("events", loaded.folded);
        Ok(loaded)
    }
    .instrument(span)
    .await
}

/// A snapshot saves time and is never trusted: under another shape of the state, or if it does not decode, all
/// events are folded instead.
async fn from_snapshot<A: Aggregate>(store: &dyn Store, stream: &StreamId) -> Result<Loaded<A>, LoadError> {
    let snapshot = store.load_snapshot(stream).await?;
    let usable = snapshot.filter(|snapshot| snapshot.fingerprint == A::snapshot_fingerprint());
    Ok(usable.and_then(|snapshot| decode(&snapshot)).unwrap_or_else(Loaded::initial))
}

fn decode<A: Aggregate>(snapshot: &Snapshot) -> Option<Loaded<A>> {
    match serde_json::from_str(snapshot.state.as_json()) {
        Ok(state) => Some(Loaded {
            state: Lifecycle::Live(state),
            version: snapshot.version,
            snapshot: snapshot.version,
            folded: 0,
        }),
        Err(error) => {
            warn!(stream = %snapshot.stream, version = %snapshot.version, %error, "snapshot does not decode, folding all events");
            None
        }
    }
}

async fn fold_after<A: Aggregate>(
    store: &dyn Store,
    stream: &StreamId,
    loaded: Loaded<A>,
) -> Result<Loaded<A>, LoadError> {
    let query = EventQuery::stream(stream.clone()).after_version(loaded.version);
    // Handlers without further arguments see the content of an event, and nothing else of it.
    let contents_only = A::HANDLERS.iter().all(|handler| handler.arguments.is_empty());
    let query = EventQuery { contents_only, ..query };
    let folding = Arc::new(Mutex::new(Ok(loaded)));
    visit_all(store, query, || {
        let folding = Arc::clone(&folding);
        Box::new(move |stored| fold_next(&mut folding.lock().unwrap_or_else(PoisonError::into_inner), stored))
    })
    .await?;
    let mut folding = folding.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *folding, Ok(Loaded::initial()))
}

#[inline]
fn fold_next<A: Fold>(
    folding: &mut Result<Loaded<A>, LoadError>,
    stored: &StoredEvent<'_>,
) -> ControlFlow<()> {
    let Ok(loaded) = folding else { return ControlFlow::Break(()) };
    match fold_one(loaded, stored) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            *folding = Err(error);
            ControlFlow::Break(())
        }
    }
}

#[inline]
fn fold_one<A: Fold>(loaded: &mut Loaded<A>, stored: &StoredEvent<'_>) -> Result<(), LoadError> {
    if stored.version != loaded.version.next() {
        return Err(gap(stored, loaded.version));
    }
    let event = stored.decode::<A::Event>()?;
    A::fold(&mut loaded.state, &event, &EventContext::stored(*stored)).map_err(|reason| LoadError::Fold {
        stream: stored.stream(),
        version: stored.version,
        position: stored.position,
        name: stored.name.to_owned(),
        reason,
    })?;
    loaded.version = stored.version;
    loaded.folded += 1;
    Ok(())
}

/// A stream with a hole is damaged: folding over it would give a state that never was.
#[cold]
fn gap(stored: &StoredEvent<'_>, after: Version) -> LoadError {
    stored
        .error(crate::event::DecodeReason::Damaged {
            column: "version",
            found: format!("version {} follows version {after}", stored.version),
        })
        .into()
}
