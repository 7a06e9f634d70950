//! The history as events of a store.

use crate::{
    aggregate::Aggregate,
    error_chain,
    message::{EventId, Metadata, StreamId},
    repository::{Loaded, Recording},
    store::NewEvent,
};

/// The events as they are stored, folded on the way.
///
/// # Panics
///
/// If an event does not follow those before it.
#[track_caller]
pub(super) fn of<A: Aggregate>(stream: &StreamId, metadata: &Metadata, events: &[A::Event]) -> Vec<NewEvent> {
    let recording = Recording { stream, metadata, new_id: EventId::generate };
    match recording.record_all(&mut Loaded::<A>::initial(), events) {
        Ok(events) => events,
        Err(error) => {
            panic!("no `{}` can have the given history: {}", A::CATEGORY, error_chain::chain(&error))
        }
    }
}
