//! Which aggregates the present task holds, so that a handler that dispatches to its own is told instead of
//! waiting for itself.

use std::sync::Arc;

use crate::message::StreamId;

/// A stream, and what the handlers around its handler hold.
#[derive(Clone)]
struct Held {
    stream: StreamId,
    around: Option<Arc<Held>>,
}

impl Held {
    fn holds(&self, stream: &StreamId) -> bool {
        self.stream == *stream || self.around.as_ref().is_some_and(|around| around.holds(stream))
    }
}

tokio::task_local! {
    static HELD: Held;
}

/// Whether a handler that is running in this task holds the stream.
pub(super) fn holds(stream: &StreamId) -> bool {
    HELD.try_with(|held| held.holds(stream)).unwrap_or(false)
}

/// Whether a handler is running in this task at all. It must not wait for another aggregate, since the holder of
/// that one may be waiting for this one.
pub(super) fn holds_any() -> bool {
    HELD.try_with(|_| ()).is_ok()
}

/// Runs what is spawned from this task as if it ran in it.
pub(super) fn inherited<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let held = HELD.try_with(Held::clone).ok();
    async move {
        match held {
            Some(held) => HELD.scope(held, future).await,
            None => future.await,
        }
    }
}

/// Runs a handler that holds the stream, beside all that are held already.
pub(super) fn holding<F: Future>(stream: &StreamId, handler: F) -> impl Future<Output = F::Output> {
    let around = HELD.try_with(|held| Arc::new(held.clone())).ok();
    HELD.scope(Held { stream: stream.clone(), around }, handler)
}
