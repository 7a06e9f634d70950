//! Which aggregates the present task holds, so that a handler that dispatches to its own is told instead of
//! waiting for itself.

use crate::message::StreamId;

tokio::task_local! {
    static HELD: Vec<StreamId>;
}

/// Whether a handler that is running in this task holds the stream.
pub(super) fn holds(stream: &StreamId) -> bool {
    HELD.try_with(|held| held.contains(stream)).unwrap_or(false)
}

/// Whether a handler is running in this task at all. It must not wait for another aggregate, since the holder of
/// that one may be waiting for this one.
pub(super) fn holds_any() -> bool {
    HELD.try_with(|held| !held.is_empty()).unwrap_or(false)
}

/// Runs a handler that holds the stream, beside all that are held already.
pub(super) async fn holding<F: Future>(stream: &StreamId, handler: F) -> F::Output {
    let mut held = HELD.try_with(Clone::clone).unwrap_or_default();
    held.push(stream.clone());
    HELD.scope(held, handler).await
}
