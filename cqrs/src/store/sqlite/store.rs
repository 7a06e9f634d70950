//! The store's handle.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

#[cfg(doc)]
use crate::store::EventStore;
use crate::{
    message::Position,
    store::{StoreError, waiting::Waiting},
};

use super::{
    SqliteError, SqliteTransaction, TransactError, busy, faults, open,
    options::SqliteOptions,
    readers::Readers,
    transact,
    writer::{self, Job, Request, WriterHandle},
};

/// A store in one SQLite file.
///
/// It is a handle: clones share the store, which closes when the last of them is dropped or when
/// [`EventStore::close`] is called. What was accepted by then is written; readers and writers of other processes go
/// on. `open` does its work on the calling thread; everything else leaves waiting to threads of its own.
///
/// ```
/// use cqrs::store::{EventStore, sqlite::SqliteStore};
///
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let directory = tempfile::tempdir()?;
/// let store = SqliteStore::open(directory.path().join("bank.db"))?;
/// assert_eq!(store.head().await?, cqrs::Position::START);
/// store.close().await?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    path: PathBuf,
    pub(super) options: SqliteOptions,
    pub(super) writer: WriterHandle,
    pub(super) readers: Arc<Readers>,
    pub(super) wake_ups: watch::Sender<Position>,
    pub(super) waiting: Waiting,
}

impl SqliteStore {
    /// Opens a store as it is by default, and makes it if there is no file; see [`SqliteOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::default().open(path)
    }

    /// Returns options to open a store with.
    pub fn builder() -> SqliteOptions {
        SqliteOptions::default()
    }

    pub(super) fn open_with(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        open::refuse_memory(path)?;
        let opened = busy::up_to(options.busy_timeout, || open::writer(path, &options));
        let connection = opened.map_err(|error| error.at(&path.display().to_string()))?;
        let wake_ups = watch::Sender::new(Position::START);
        let writer = writer::start(connection, &options, wake_ups.clone())?;
        let readers = Arc::new(Readers::new(path.to_owned(), options.clone()));
        Ok(Self {
            shared: Arc::new(Shared {
                path: path.to_owned(),
                options,
                writer,
                readers,
                wake_ups,
                waiting: Waiting::default(),
            }),
        })
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Reads the file with SQL of one's own, such as the tables of a projection, on a connection that cannot write.
    pub async fn query<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, SqliteError> + Send + 'static,
    {
        self.read("query", query).await
    }

    /// Runs a job on the thread that writes, in an immediate transaction of its own: committed if it succeeds,
    /// undone if it fails or panics. Appends never share the transaction, and those that wait go first.
    pub(crate) async fn transact<T, E, F>(
        &self,
        operation: &'static str,
        job: F,
    ) -> Result<T, TransactError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnOnce(&mut SqliteTransaction<'_>) -> Result<T, E> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let work: Job = Box::new(move |connection| {
            // An error here is a caller that no longer waits; the work stands.
            let _ = answer.send(transact::transact(connection, operation, job));
        });
        self.request(Request::Job(work)).await?;
        outcome.await.map_err(|_| StoreError::Closed)?
    }

    /// The same, for work that fails only as the store does.
    pub(super) async fn write<T, F>(&self, operation: &'static str, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let outcome = self.transact(operation, move |transaction| job(transaction)).await;
        outcome.map_err(|error| match error {
            TransactError::Store(error) | TransactError::Job(error) => error,
            TransactError::Panicked(message) => StoreError::engine(operation, message),
        })
    }

    pub(super) async fn read<T, F>(&self, operation: &'static str, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, SqliteError> + Send + 'static,
    {
        let query = move |connection: &Connection| {
            let started = std::time::Instant::now();
            query(connection).map_err(|error| faults::locked(operation, started, error))
        };
        self.shared.readers.read(query).await
    }

    /// The same, for a query that tells its errors apart itself.
    pub(super) async fn look<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.shared.readers.read(query).await
    }

    pub(super) async fn request(&self, request: Request) -> Result<(), StoreError> {
        self.shared.writer.requests.send(request).await.map_err(|_| StoreError::Closed)
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SqliteStore").field("path", &self.shared.path).finish_non_exhaustive()
    }
}
