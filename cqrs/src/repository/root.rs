//! An aggregate with the events recorded on it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::{
    aggregate::Aggregate,
    event::Event,
    handler::{EventOf, Lifecycle},
    message::{EventId, Metadata, StreamId, Version},
    store::{Expected, NewEvent, StreamWrite},
};

use super::{
    DecisionError, Loaded, Recording, SaveError,
    ledger::{Entry, Ledger},
};

/// An aggregate with the events recorded on it since it was loaded: the write model in the imperative style.
///
/// [`record`](Self::record) applies an event and keeps it pending; [`Repository::save`](super::Repository::save)
/// stores what is pending, once.
///
/// # In a command handler function
///
/// The function saves by returning: the roots it returns are written together with the command's record. Each of them,
/// changed or not, is checked at the version it was loaded at, so that nobody can have changed it in between. One that was
/// only read is not, unless it is returned or [guarded](Self::guard). Events recorded on a root that is not returned
/// refuse the command ([`DecisionError::NotReturned`]), whatever became of the root.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # use cqrs::repository::{DecisionError, LoadError};
/// # #[derive(Command, Serialize, Deserialize)] pub struct Merge { #[command(id)] from: AccountId, to: AccountId }
/// # #[derive(Debug, thiserror::Error)] pub enum MergeError {
/// #     #[error(transparent)] Load(#[from] LoadError),
/// #     #[error(transparent)] Decision(#[from] DecisionError),
/// # }
/// /// Closes an account in favour of another: both are written, or neither.
/// #[command_handler]
/// async fn merge(command: Merge, accounts: Repository<Account>) -> Result<(Root<Account>, Root<Account>), MergeError> {
///     let (mut from, mut to) = (accounts.load(&command.from).await?, accounts.load(&command.to).await?);
///     let amount = from.state().map_or(0, |account| account.balance);
///     from.record(AccountClosed)?;
///     to.record(MoneyCredited { amount })?;
///     Ok((from, to))
/// }
/// # fn main() {}
/// ```
#[must_use = "what is recorded on a root is stored when the root is saved or, in a command handler function, returned"]
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
    /// Set while an event is applied: if it stays, the state is not that of any stream.
    broken: bool,
    guarded: AtomicBool,
    /// In a command handler function: where it is accounted for.
    entry: Option<Entry>,
}

impl<A: Aggregate> Root<A> {
    pub(super) fn new(id: A::Id, loaded: Loaded<A>, metadata: Metadata) -> Self {
        let (stream, stored) = (A::stream(&id), loaded.version);
        Self {
            id,
            stream,
            loaded,
            stored,
            pending: Vec::new(),
            metadata,
            snapshot_requested: false,
            broken: false,
            guarded: AtomicBool::new(false),
            entry: None,
        }
    }

    /// The same root, accounted for in a ledger.
    pub(super) fn entered(self, ledger: &Arc<Ledger>) -> Self {
        let entry = Some(ledger.enter(self.stream.clone(), self.stored));
        Self { entry, ..self }
    }

    /// Returns the identity of the aggregate.
    pub fn id(&self) -> &A::Id {
        &self.id
    }

    /// Returns the state with all pending events applied; `None` before the first event and after the end.
    pub fn state(&self) -> Option<&A> {
        self.loaded.existing()
    }

    /// Returns whether an event has ended the aggregate.
    pub fn has_ended(&self) -> bool {
        self.loaded.has_ended()
    }

    /// Returns the version of the last event, pending ones included.
    pub fn version(&self) -> Version {
        self.loaded.version
    }

    /// Returns the events that are recorded and not yet saved.
    pub fn pending(&self) -> &[NewEvent] {
        &self.pending
    }

    /// Gives access to the metadata of the next save: who saves, and in what context.
    pub fn metadata_mut(&mut self) -> &mut Metadata {
        &mut self.metadata
    }

    /// Applies an event to the state and keeps it pending. An event that does not fit is refused, and the root
    /// is as before.
    ///
    /// Its handler must not panic half-way; if it does, and the panic is caught, the root refuses to be saved.
    pub fn record<E: EventOf<A>>(&mut self, event: E) -> Result<(), DecisionError> {
        let event: A::Event = event.into();
        if let Some(entry) = &self.entry {
            entry.record(event.kind().name)?;
        }
        let recording =
            Recording { stream: &self.stream, metadata: &self.metadata, new_id: EventId::generate };
        self.broken = true;
        let recorded = recording.record_all(&mut self.loaded, &[event]);
        self.broken = recorded.as_ref().is_err_and(DecisionError::leaves_state_unsure);
        if let (Err(_), Some(entry)) = (&recorded, &self.entry) {
            entry.take_back();
        }
        self.pending.extend(recorded?);
        Ok(())
    }

    /// Lets what is stored next depend on this aggregate, which is only read: the write happens only if the aggregate is
    /// still at the version it was loaded at. In a command handler function that is what the function's roots write,
    /// whether this one is returned or not; outside, what is [saved together](super::save_together) with it.
    ///
    /// Many commands may guard one aggregate at once: they do not wait for each other, as long as none changes it. A store
    /// that writes one stream at a time (NATS) refuses a guard beside a write of another stream.
    pub fn guard(&self) {
        self.guarded.store(true, Ordering::Relaxed);
        if let Some(entry) = &self.entry {
            entry.guard();
        }
    }

    /// Asks for a snapshot at the next save, whatever the policy says.
    pub fn request_snapshot(&mut self) {
        self.snapshot_requested = true;
    }

    /// What there is to append: what is pending, and the version it rests on; without events, a guard.
    fn write(&self) -> Result<StreamWrite, DecisionError> {
        if self.broken {
            return Err(DecisionError::Broken(self.stream.clone()));
        }
        let (stream, expected) = (self.stream.clone(), Expected::Exactly(self.stored));
        Ok(StreamWrite { stream, expected, events: self.pending.clone() })
    }

    /// What a save appends; `None` if nothing is pending, and nothing guarded.
    pub(super) fn to_save(&self) -> Result<Option<StreamWrite>, SaveError> {
        if self.entry.is_some() {
            return Err(SaveError::InHandler(self.stream.clone()));
        }
        let write = self.write()?;
        Ok((!write.events.is_empty() || self.guarded.load(Ordering::Relaxed)).then_some(write))
    }

    /// What a command handler function that returns the root wants written, and the root's place in the ledger.
    pub(crate) fn into_write(self) -> (Result<StreamWrite, DecisionError>, Option<Entry>) {
        (self.write(), self.entry)
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
