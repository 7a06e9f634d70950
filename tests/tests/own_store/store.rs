//! The store's handle, and what is small of it.

use std::{
    any::Any,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cqrs::{
    CorrelationId, Position, StreamId, Version,
    store::{
        BoxFuture, CommandFailure, FailureStore, InboxStore, Snapshot, SnapshotStore, Store, StoreError,
    },
};
use tokio::sync::watch;

use crate::{entry::Entry, file::Journal};

/// A store in one file, all of which is in memory as well.
#[derive(Clone)]
pub struct FileStore {
    journal: Arc<Mutex<Option<Journal>>>,
    pub wake_ups: watch::Sender<Position>,
}

/// The journal, as long as one has it.
pub struct Open<'a>(MutexGuard<'a, Option<Journal>>);

impl std::ops::Deref for Open<'_> {
    type Target = Journal;

    fn deref(&self) -> &Journal {
        self.0.as_ref().expect("it was open, and is locked")
    }
}

impl std::ops::DerefMut for Open<'_> {
    fn deref_mut(&mut self) -> &mut Journal {
        self.0.as_mut().expect("it was open, and is locked")
    }
}

impl FileStore {
    pub fn at(path: &Path) -> Result<Self, StoreError> {
        let journal = Journal::open(path)?;
        let wake_ups = watch::Sender::new(journal.content.head());
        Ok(Self { journal: Arc::new(Mutex::new(Some(journal))), wake_ups })
    }

    pub fn open(&self) -> Result<Open<'_>, StoreError> {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        if journal.is_some() { Ok(Open(journal)) } else { Err(StoreError::Closed) }
    }

    pub fn shut(&self) {
        *self.journal.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl SnapshotStore for FileStore {
    fn save_snapshot(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let mut journal = self.open()?;
            let kept = journal.content.snapshots.get(&snapshot.stream);
            if kept.is_some_and(|kept| kept.outlives(&snapshot)) {
                return Ok(());
            }
            journal.commit(vec![Entry::Snapshot(snapshot)])
        })
    }

    fn load_snapshot<'a>(
        &'a self,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.snapshots.get(stream).cloned()) })
    }
}

impl FailureStore for FileStore {
    fn record_failure(&self, failure: CommandFailure) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move { self.open()?.commit(vec![Entry::Failure(failure)]) })
    }

    fn failures(
        &self,
        id: Option<CorrelationId>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<CommandFailure>, StoreError>> {
        Box::pin(async move {
            let mut latest = self.open()?.content.failures.clone();
            latest.retain(|failure| id.is_none_or(|id| id == failure.metadata.correlation_id));
            latest.sort_by_key(|failure| failure.metadata.time);
            latest.drain(..latest.len().saturating_sub(limit));
            Ok(latest)
        })
    }
}

impl InboxStore for FileStore {
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        let place = (group.to_owned(), stream.clone());
        Box::pin(async move { Ok(self.open()?.content.inbox.get(&place).copied().unwrap_or_default()) })
    }

    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let place = (group.to_owned(), stream.clone());
        Box::pin(async move {
            let mut journal = self.open()?;
            let last = journal.content.inbox.get(&place).copied().unwrap_or_default();
            let moves = last == from && from < to;
            if moves {
                journal.commit(vec![Entry::Handled(place.0, place.1, to)])?;
            }
            Ok(moves)
        })
    }
}

impl Store for FileStore {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "a file of one's own"
    }
}
