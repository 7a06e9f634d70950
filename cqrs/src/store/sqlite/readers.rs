//! The connections that read.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
};

use crate::store::StoreError;

use super::{busy, open, options::SqliteOptions};

/// A bounded number of connections, opened when first needed. Each read is short and in a transaction of its own,
/// so it sees one state of the store and holds up nobody.
pub(super) struct Readers {
    path: PathBuf,
    options: SqliteOptions,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, options: SqliteOptions) -> Self {
        let turns = Arc::new(Semaphore::new(options.readers));
        Self { path, options, turns, idle: Mutex::new(Vec::new()) }
    }

    /// Reads on a thread where waiting does no harm. Outside of a runtime that is the present one.
    pub(super) async fn read<T, F>(self: &Arc<Self>, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let Ok(runtime) = Handle::try_current() else { return self.run(job) };
        let (readers, (answer, outcome)) = (Arc::clone(self), oneshot::channel());
        // One type of task for all reads: each costs the compiler a page of code.
        let work: Box<dyn FnOnce() + Send> = Box::new(move || {
            // A dropped future leaves the job running, and its turn taken until the job ends.
            let _turn = turn;
            // An error here is a caller that no longer waits.
            let _ = answer.send(readers.run(job));
        });
        let ended = runtime.spawn_blocking(work).await;
        ended.map_err(|panic| StoreError::engine("read, because the visitor panicked", panic))?;
        outcome.await.map_err(|_| StoreError::Closed)?
    }

    /// No later read begins, and the connections are closed.
    pub(super) fn close(&self) {
        self.turns.close();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn run<T>(&self, job: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        busy::up_to(self.options.busy_timeout, || {
            let connection = self.take()?;
            let outcome = job(&connection);
            self.give_back(connection);
            outcome
        })
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| open::reader(&self.path), Ok)
    }

    fn give_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the lock: `close` empties the list after it has set this.
        if !self.turns.is_closed() {
            idle.push(connection);
        }
    }
}
