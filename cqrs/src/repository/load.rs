//! Folding a stream, in constant memory however long it is.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{Instrument, debug_span, field, warn};

use crate::{
    aggregate::Aggregate,
    event::StoredEvent,
    handler::{EventContext, Fold},
    message::{StreamId, Version},
    store::{EventQuery, Store, visit_all},
};

use super::{LoadError, Loaded, snapshots};

/// The state of an aggregate: its latest usable snapshot and the events since. A stream without events gives
/// the initial state at [`Version::NONE`].
pub(crate) async fn load<A: Aggregate>(store: &dyn Store, stream: &StreamId) -> Result<Loaded<A>, LoadError> {
    let span = debug_span!("load", %stream, events = field::Empty);
    async {
        let loaded = match snapshots::load(store, stream).await? {
            Some(snapshot) => fold_after_snapshot(store, stream, snapshot).await?,
            None => fold_all(store, stream).await?,
        };
        tracing::Span::current().record("events", loaded.folded);
        Ok(loaded)
    }
    .instrument(span)
    .await
}

async fn fold_all<A: Aggregate>(store: &dyn Store, stream: &StreamId) -> Result<Loaded<A>, LoadError> {
    Ok(fold(store, stream, Folding::of(Loaded::initial())).await?.loaded)
}

/// A snapshot is believed only if the stream has come to its version: reading begins with the last event that is in it,
/// which must be there.
async fn fold_after_snapshot<A: Aggregate>(
    store: &dyn Store,
    stream: &StreamId,
    snapshot: Loaded<A>,
) -> Result<Loaded<A>, LoadError> {
    let version = snapshot.version;
    let folding = Folding { unconfirmed: Some(version), ..Folding::of(snapshot) };
    let folding = fold(store, stream, folding).await?;
    if folding.unconfirmed.is_none() {
        return Ok(folding.loaded);
    }
    warn!(%stream, %version, "the stream has no event of the snapshot's version, folding all events");
    fold_all(store, stream).await
}

/// A fold under way.
struct Folding<A> {
    loaded: Loaded<A>,
    /// The version of a snapshot whose last event was not met yet.
    unconfirmed: Option<Version>,
    failed: Option<LoadError>,
}

impl<A: Fold> Folding<A> {
    fn of(loaded: Loaded<A>) -> Self {
        Self { loaded, unconfirmed: None, failed: None }
    }

    #[inline]
    fn next(&mut self, stored: &StoredEvent<'_>) -> ControlFlow<()> {
        if let Some(version) = self.unconfirmed {
            if stored.version != version {
                return ControlFlow::Break(());
            }
            self.unconfirmed = None;
            return ControlFlow::Continue(());
        }
        match fold_one(&mut self.loaded, stored) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

async fn fold<A: Aggregate>(
    store: &dyn Store,
    stream: &StreamId,
    folding: Folding<A>,
) -> Result<Folding<A>, LoadError> {
    let after = folding.loaded.version.get().saturating_sub(u64::from(folding.unconfirmed.is_some()));
    let query = EventQuery::stream(stream.clone()).after_version(Version::new(after));
    // Handlers without further arguments see the content of an event, and nothing else of it.
    let contents_only = A::HANDLERS.iter().all(|handler| handler.arguments.is_empty());
    let query = EventQuery { contents_only, ..query };
    let folding = Arc::new(Mutex::new(folding));
    visit_all(store, query, || {
        let folding = Arc::clone(&folding);
        move |stored: &StoredEvent<'_>| folding.lock().unwrap_or_else(PoisonError::into_inner).next(stored)
    })
    .await?;
    let mut folding = folding.lock().unwrap_or_else(PoisonError::into_inner);
    let folding = std::mem::replace(&mut *folding, Folding::of(Loaded::initial()));
    match folding.failed {
        Some(error) => Err(error),
        None => Ok(folding),
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
