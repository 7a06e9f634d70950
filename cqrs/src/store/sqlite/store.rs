//! The store's handle, and the log.

use std::{
    any::Any,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use rusqlite::{Connection, OptionalExtension};
use tokio::sync::{oneshot, watch};

use crate::{
    message::{CommandId, Position, StreamId, Version},
    store::{
        Append, Appended, Capabilities, EventQuery, EventStore, PageEnd, RecordedCommand, Store, StoreError,
        Visit,
    },
};

use super::{
    SqliteError, SqliteTransaction, TransactError,
    append::{PreparedAppend, stream_version},
    faults, open,
    options::SqliteOptions,
    query::ReadPlan,
    read,
    readers::Readers,
    rows, transact,
    writer::{self, Job, Member, Request, WriterHandle},
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
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    options: SqliteOptions,
    writer: WriterHandle,
    readers: Arc<Readers>,
    wake_ups: watch::Sender<Position>,
}

impl SqliteStore {
    /// Opens a store as it is by default, and makes it if there is no file; see [`SqliteOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::default().open(path)
    }

    /// Options to open a store with.
    pub fn builder() -> SqliteOptions {
        SqliteOptions::default()
    }

    pub(super) fn open_with(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let connection = open::writer(path, &options)?;
        let wake_ups = watch::Sender::new(Position::START);
        let writer = writer::start(connection, options.max_group, wake_ups.clone())?;
        let readers = Arc::new(Readers::new(path.to_owned(), options.clone()));
        Ok(Self { shared: Arc::new(Shared { path: path.to_owned(), options, writer, readers, wake_ups }) })
    }

    /// The file.
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
    #[allow(dead_code)] // until projections use it
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

    async fn request(&self, request: Request) -> Result<(), StoreError> {
        self.shared.writer.requests.send(request).await.map_err(|_| StoreError::Closed)
    }

    async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        let append = PreparedAppend::new(append, &self.shared.options)?;
        let (answer, outcome) = oneshot::channel();
        self.request(Request::Append(Box::new(Member { append, answer }))).await?;
        // A writer that went without an answer never began with this append.
        outcome.await.map_err(|_| StoreError::Closed)?
    }

    async fn close(&self) -> Result<(), StoreError> {
        // A writer that is gone already has closed.
        let _ = self.request(Request::Close).await;
        let mut ended = self.shared.writer.ended.clone();
        while ended.changed().await.is_ok() {}
        self.shared.readers.close();
        Ok(())
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SqliteStore").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl EventStore for SqliteStore {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(self.append(append))
    }

    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>> {
        let plan = ReadPlan::new(query, limit);
        Box::pin(self.shared.readers.read(move |connection| read::page(connection, plan, visit)))
    }

    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>> {
        let stream = stream.clone();
        Box::pin(self.read("read a stream's version", move |connection| {
            stream_version(&mut *connection.prepare_cached(include_str!("sql/stream_version.sql"))?, &stream)
        }))
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(self.read("read the head of the log", head))
    }

    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(self.read("look up a command", move |connection| {
            let mut find_command = connection.prepare_cached(include_str!("sql/find_command.sql"))?;
            let mut places = connection.prepare_cached(include_str!("sql/places.sql"))?;
            rows::recorded_command(&mut find_command, &mut places, id)
        }))
    }

    fn wake_ups(&self) -> watch::Receiver<Position> {
        self.shared.wake_ups.subscribe()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            several_streams: true,
            durable: true,
            poll_interval: Some(self.shared.options.poll_interval),
        }
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.close())
    }
}

impl Store for SqliteStore {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "SQLite"
    }
}

/// The position of the last event.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Position> {
    let mut statement = connection.prepare_cached(include_str!("sql/head.sql"))?;
    let found = statement.query_row([], |row| rows::position(row, 0)).optional()?;
    Ok(found.unwrap_or(Position::START))
}
