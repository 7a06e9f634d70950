//! An aggregate with the events recorded on it.

use crate::{
    aggregate::Aggregate,
    handler::{EventOf, Lifecycle},
    message::{Metadata, StreamId, Version},
    store::{Expected, NewEvent, StreamWrite},
};

use super::{DecisionError, Loaded, Recording};

/// An aggregate with the events recorded on it since it was loaded: the write model in the imperative style.
///
/// [`update`](Self::update) applies an event and keeps it pending; [`Repository::save`](super::Repository::save)
/// stores what is pending, once.
#[derive(Debug)]
pub struct Root<A: Aggregate> {
    id: A::Id,
    stream: StreamId,
    loaded: Loaded<A>,
    /// The version in the store, which the pending events follow.
    stored: Version,
    pending: Vec<NewEvent>,
    metadata: Metadata,
    snapshot_requested: bool,
    /// Set while an update runs: if it stays, the state is not that of any stream.
    broken: bool,
}

impl<A: Aggregate> Root<A> {
    pub(super) fn new(id: A::Id, loaded: Loaded<A>, metadata: Metadata) -> Self {
        let (stream, stored) = (A::stream(&id), loaded.version);
        let (pending, snapshot_requested) = (Vec::new(), false);
        Self { id, stream, loaded, stored, pending, metadata, snapshot_requested, broken: false }
    }

    /// The identity of the aggregate.
    pub fn id(&self) -> &A::Id {
        &self.id
    }

    /// The state with all pending events applied; `None` before the first event and after the end.
    pub fn state(&self) -> Option<&A> {
        self.loaded.existing()
    }

    /// Whether an event has ended the aggregate.
    pub fn has_ended(&self) -> bool {
        self.loaded.has_ended()
    }

    /// The version of the last event, pending ones included.
    pub fn version(&self) -> Version {
        self.loaded.version
    }

    /// The events that are recorded and not yet saved.
    pub fn pending(&self) -> &[NewEvent] {
        &self.pending
    }

    /// Who saves, in which connection; it is stored with the events saved next.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }

    /// Applies an event to the state and keeps it pending. An event that does not fit is refused, and the root
    /// is as before.
    ///
    /// Its handler must not panic half-way; if it does, and the panic is caught, the root refuses to be saved.
    pub fn update<E: EventOf<A>>(&mut self, event: E) -> Result<(), DecisionError> {
        let recording = Recording { stream: &self.stream, metadata: &self.metadata };
        self.broken = true;
        let recorded = recording.record_all(&mut self.loaded, &[event.into_event()]);
        self.broken = recorded.as_ref().is_err_and(DecisionError::leaves_state_unsure);
        self.pending.extend(recorded?);
        Ok(())
    }

    /// Asks for a snapshot at the next save, whatever the policy says.
    pub fn request_snapshot(&mut self) {
        self.snapshot_requested = true;
    }

    /// What there is to append; `None` if nothing is pending.
    pub(crate) fn to_write(&self) -> Result<Option<StreamWrite>, DecisionError> {
        if self.broken {
            return Err(DecisionError::Broken(self.stream.clone()));
        }
        Ok((!self.pending.is_empty()).then(|| StreamWrite {
            stream: self.stream.clone(),
            expected: Expected::Exactly(self.stored),
            events: self.pending.clone(),
        }))
    }

    pub(crate) fn stored_metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// After the commit: what was pending is stored, and can never be stored again.
    pub(super) fn settle(&mut self) {
        self.pending.clear();
        self.stored = self.loaded.version;
    }

    /// The state to take a snapshot of, if one was asked for or is due by the aggregate's policy.
    pub(super) fn snapshot_due(&mut self) -> Option<&Loaded<A>> {
        let requested = std::mem::take(&mut self.snapshot_requested);
        let due = requested || super::snapshot_due(&self.loaded);
        (due && matches!(self.loaded.state, Lifecycle::Live(_))).then_some(&self.loaded)
    }

    pub(super) fn snapshot_taken(&mut self) {
        self.loaded.snapshot = self.loaded.version;
    }

    pub(super) fn stream(&self) -> &StreamId {
        &self.stream
    }
}
