//! The store's handle: what is opened, and what is closed.

use std::sync::Arc;

use sqlx::{Connection as _, PgPool, postgres::PgConnectOptions};
use tokio::{sync::watch, task::AbortHandle};

use crate::{
    message::Position,
    store::{StoreError, waiting::Waiting},
};

use super::{
    connect, faults,
    giving_back::give_back,
    horizon::Horizon,
    notices::Listener,
    options::PostgresOptions,
    projecting::{Checkpoint, ProjectionTransaction},
    schema,
    shortage::Shortage,
    writer::{self, Request, WriterHandle},
};

/// A store in a schema of a PostgreSQL database.
///
/// It is a handle: clones share the store, which closes when the last of them is dropped or when
/// [`EventStore::close`](crate::store::EventStore::close) is called. What was accepted by then is written. It works on the runtime it was opened on.
///
/// ```no_run
/// # use cqrs::store::postgres::PostgresStore;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::connect("postgres://bank@db.internal/bank").await?;
/// let owners: Vec<String> = cqrs::sqlx::query_scalar("SELECT owner FROM owners").fetch_all(store.pool()).await?;
/// let report = store.check().await?;
/// assert!(report.is_sound(), "{report:?}");
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) options: PostgresOptions,
    pool: PgPool,
    projectors: PgPool,
    pub(super) writer: WriterHandle,
    pub(super) appending: Waiting,
    pub(super) horizon: Horizon,
    pub(super) wake_ups: watch::Sender<Position>,
    /// Why appends have no connection, if they have none.
    pub(super) shortage: Shortage,
    /// What goes on as long as the store is open: listening, and giving connections back.
    tasks: [AbortHandle; 3],
}

impl Shared {
    fn end_tasks(&self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.end_tasks();
    }
}

impl PostgresStore {
    /// Opens a store as it is by default, and makes its schema if there is none; see [`PostgresOptions::connect`].
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        PostgresOptions::default().connect(address).await
    }

    /// Returns options to open a store with.
    pub fn builder() -> PostgresOptions {
        PostgresOptions::default()
    }

    pub(super) async fn open(
        address: PgConnectOptions,
        options: PostgresOptions,
    ) -> Result<Self, StoreError> {
        connect::check_schema(&options.schema)?;
        let place = connect::place(&address);
        let mut first = connect::first(&address, &options).await.map_err(|error| error.at(&place))?;
        schema::migrate(&mut first, &options.schema).await.map_err(|error| error.at(&place))?;
        first.close().await.map_err(|error| faults::engine("connect", error))?;
        let pool = connect::readers(&address, &options);
        let wake_ups = watch::Sender::new(Position::START);
        let settings = writer::Settings {
            connections: options.writers as usize,
            max_group: options.max_group,
            max_group_bytes: connect::group_bytes(&pool).await?,
            busy_timeout: options.busy_timeout,
        };
        let commits = writer::Commits { own: wake_ups.clone(), others: watch::Sender::new(Position::START) };
        let ear = Arc::new(Listener::new());
        let (sender, others) = (Arc::clone(&ear), commits.others.subscribe());
        let sending = pool.clone();
        tokio::spawn(async move { sender.send(sending, others).await });
        let shortage = Shortage::default();
        let writers = connect::writers(&address, &options);
        let writer = writer::start(writers, shortage.clone(), settings, commits);
        let (listening, readers) = (pool.clone(), wake_ups.clone());
        let projectors = connect::projectors(&address, &options);
        let tasks = [
            tokio::spawn(async move { ear.listen(listening, readers).await }).abort_handle(),
            // Somebody reads every now and then as long as the process lives.
            tokio::spawn(give_back(pool.clone(), 1)).abort_handle(),
            tokio::spawn(give_back(projectors.clone(), 0)).abort_handle(),
        ];
        let horizon = Horizon::default();
        let appending = Waiting::default();
        let shared =
            Shared { options, pool, projectors, writer, appending, horizon, wake_ups, shortage, tasks };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Returns the schema that holds the tables.
    pub fn schema(&self) -> &str {
        &self.shared.options.schema
    }

    pub(super) fn options(&self) -> &PostgresOptions {
        &self.shared.options
    }

    /// Returns the connections for reading, in the schema of the store; to read the tables of a projection with SQL of one's
    /// own.
    pub fn pool(&self) -> &PgPool {
        &self.shared.pool
    }

    /// Begins a transaction for the rows and the checkpoint of a projection.
    pub(crate) async fn begin_projecting(&self) -> Result<ProjectionTransaction, StoreError> {
        let pool = &self.shared.projectors;
        self.explained_on(pool, ProjectionTransaction::begin(pool)).await
    }

    /// Begins one for a batch of it; `None` if its checkpoint is not as expected.
    pub(crate) async fn begin_batch(
        &self,
        expected: &Checkpoint<'_>,
    ) -> Result<Option<ProjectionTransaction>, StoreError> {
        let pool = &self.shared.projectors;
        self.explained_on(pool, ProjectionTransaction::begin_batch(pool, expected)).await
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        // A writer that is gone already has closed.
        let _ = self.shared.writer.requests.send(Request::Close).await;
        let mut ended = self.shared.writer.ended.clone();
        while ended.changed().await.is_ok() {}
        self.shared.end_tasks();
        self.shared.projectors.close().await;
        self.shared.pool.close().await;
        Ok(())
    }
}

impl std::fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PostgresStore").field("schema", &self.schema()).finish_non_exhaustive()
    }
}
