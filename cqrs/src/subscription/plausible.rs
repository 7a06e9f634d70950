//! What a subscription believes of what is kept about it.
//!
//! Invariant: nobody goes on from a checkpoint beyond the last position that the store has given out. There the log has
//! never been, and whoever stood there would skip all that is yet to come.

use std::time::Duration;

use crate::{
    message::Position,
    store::{Store, StoreError},
};

/// Refuses a checkpoint where the log has never been. A position may be given out and not yet be read: that is no reason.
pub(crate) async fn refuse_beyond_head(
    store: &dyn Store,
    name: &str,
    position: Position,
) -> Result<(), StoreError> {
    if position == Position::START
        || position <= *store.wake_ups().borrow()
        || position <= store.head().await?
    {
        return Ok(());
    }
    let horizon = store.horizon(Duration::ZERO).await?;
    let head = horizon.drawn.max(horizon.head);
    if position <= head {
        return Ok(());
    }
    Err(StoreError::CheckpointBeyondHead { name: name.to_owned(), position, head })
}

/// Whether the store may get over an error by itself.
pub(crate) fn is_passing(error: &StoreError) -> bool {
    !matches!(
        error,
        StoreError::Decode(_)
            | StoreError::Closed
            | StoreError::NewerProjection { .. }
            | StoreError::OtherPartitions { .. }
            | StoreError::ProjectionSql { .. }
            | StoreError::CheckpointBeyondHead { .. }
            | StoreError::Damaged { .. }
            | StoreError::Unsupported(_)
    )
}
