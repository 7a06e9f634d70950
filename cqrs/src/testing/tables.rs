//! given / when / then for projections in SQLite tables.

use std::{convert::Infallible, fmt, marker::PhantomData, sync::Arc, time::Duration};

use jiff::Timestamp;
use rusqlite::{Connection, Row};
use similar::TextDiff;
use tempfile::TempDir;

use crate::{
    Application,
    aggregate::{Aggregate, IntoEvents},
    error_chain,
    event::Event,
    handler::{InTransaction, TransactionalHandlers},
    message::{Metadata, StreamId},
    projection::Projection,
    registry::Registry,
    services::Services,
    store::{
        Store,
        sqlite::{Sqlite, SqliteError, SqliteStore},
    },
    subscription::SubscriptionSettings,
    testing::log::Log,
};

/// A projection in tables, and the events it is to see; see [`project_table`].
#[must_use = "without a look at its tables nothing is tested: call `when_projected`"]
pub struct ProjectingTable<P> {
    log: Log,
    services: Services,
    metadata: Metadata,
    projection: PhantomData<fn() -> P>,
}

/// Begins a test of a projection in SQLite tables. What follows is the real thing: a store in a file that is gone
/// with the test, the events appended to it, and the projection run over them until it has caught up.
///
/// ```
/// use cqrs::{prelude::*, testing::project_table};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct AccountOpened { owner: String }
/// # #[derive(Aggregate, Serialize, Deserialize)]
/// # #[aggregate(id = u32)]
/// # pub struct Account;
/// # #[event_handler]
/// # impl Account {
/// #     fn opened(_: &AccountOpened) -> Self { Self }
/// # }
///
/// #[derive(Projection)]
/// #[projection(schema = "CREATE TABLE owners (account INTEGER PRIMARY KEY, name TEXT NOT NULL)")]
/// pub struct Owners;
///
/// #[event_handler]
/// impl Owners {
///     fn opened(
///         event: &AccountOpened,
///         account: Id<Account>,
///         tx: &mut SqliteTransaction<'_>,
///     ) -> Result<(), SqliteError> {
///         tx.execute("INSERT INTO owners VALUES (?1, ?2)", (*account, &event.owner)).map(drop)
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// project_table::<Owners>()
///     .given::<Account>(&7, AccountOpened { owner: "alice".into() })
///     .given::<Account>(&9, AccountOpened { owner: "bob".into() })
///     .when_projected()
///     .await
///     .then_rows("SELECT account, name FROM owners ORDER BY account", [
///         (7, "alice".to_owned()),
///         (9, "bob".to_owned()),
///     ])
///     .await;
/// # }
/// ```
pub fn project_table<P>() -> ProjectingTable<P>
where
    P: Projection<Kind = InTransaction<Sqlite>> + TransactionalHandlers<Backend = Sqlite>,
{
    let (log, services, metadata) = (Log::default(), Services::default(), Metadata::new());
    ProjectingTable { log, services, metadata, projection: PhantomData }
}

impl<P> ProjectingTable<P>
where
    P: Projection<Kind = InTransaction<Sqlite>> + TransactionalHandlers<Backend = Sqlite>,
{
    /// Provides a service that an event handler takes as `Inject<T>`.
    pub fn with_service<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.services.provide(service);
        self
    }

    /// Gives the events this metadata.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets the time, which the events that follow have as theirs.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.log.at(time);
        self
    }

    /// Lets time pass: the events that follow are so much later.
    pub fn when_time_passes(mut self, time: Duration) -> Self {
        self.log.pass(time, self.metadata.time);
        self
    }

    /// Adds events of one aggregate: one event, a tuple or a `Vec` of them.
    pub fn given<A: Aggregate>(mut self, id: &A::Id, events: impl IntoEvents<A, Error = Infallible>) -> Self {
        self.log.add::<A>(id, events);
        self
    }

    /// Adds one event of whatever stream.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    #[track_caller]
    pub fn given_event<E: Event>(mut self, stream: StreamId, event: &E) -> Self {
        self.log.add_event(stream, event);
        self
    }

    /// Runs the projection over all these events.
    ///
    /// # Panics
    ///
    /// If no aggregate can have the events that were given, or if the projection cannot apply them.
    pub async fn when_projected(self) -> ProjectedTable {
        let (folder, store) = temporary_store();
        let shared: Arc<dyn Store> = Arc::new(store.clone());
        self.log.store(&shared, &self.metadata).await;
        let mut registry = Registry::empty();
        registry.projection::<P>();
        let settings = SubscriptionSettings { attempts: 1, ..SubscriptionSettings::default() };
        let builder =
            Application::builder().shared_store(shared).registry(registry).subscription_settings(settings);
        let application = match builder.services(self.services).start().await {
            Ok(application) => application,
            Err(error) => panic!("projection `{}` does not start: {error}", P::NAME),
        };
        super::settled(&application).await;
        ProjectedTable { name: P::NAME, store, _application: application, _folder: folder }
    }
}

/// A store in a file of its own.
pub(super) fn temporary_store() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("no temporary folder: {error}"));
    let store = SqliteStore::open(folder.path().join("events.db"))
        .unwrap_or_else(|error| panic!("no store in a temporary folder: {}", error_chain::chain(&error)));
    (folder, store)
}

impl<P> fmt::Debug for ProjectingTable<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ProjectingTable({} given)", self.log.len())
    }
}

/// The tables of a projection that has seen all its events. Each check panics with what was there instead.
#[must_use = "tables nobody looks at test nothing"]
pub struct ProjectedTable {
    name: &'static str,
    store: SqliteStore,
    /// It keeps the projection up, should somebody append to the store.
    _application: Application,
    _folder: TempDir,
}

impl ProjectedTable {
    /// Checks that a query gives exactly these rows, in this order. A row is a tuple of columns, also where it has one:
    /// `("alice".to_owned(),)`.
    ///
    /// # Panics
    ///
    /// With the difference, if it does not, or if the query fails.
    pub async fn then_rows<T>(&self, sql: &str, expected: impl IntoIterator<Item = T>) -> &Self
    where
        T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error> + fmt::Debug + PartialEq + Send + 'static,
    {
        let (expected, query): (Vec<T>, _) = (expected.into_iter().collect(), sql.to_owned());
        let rows = self.query(sql, move |connection| rows::<T>(connection, &query)).await;
        assert!(
            rows == expected,
            "projection `{}` has other rows for `{sql}`\n{}",
            self.name,
            difference(&expected, &rows)
        );
        self
    }

    /// Lets `check` look at the tables.
    ///
    /// # Panics
    ///
    /// If `check` fails or panics.
    pub async fn then<F>(&self, check: F) -> &Self
    where
        F: FnOnce(&Connection) -> Result<(), SqliteError> + Send + 'static,
    {
        self.query("a check", check).await;
        self
    }

    async fn query<T, F>(&self, what: &str, query: F) -> T
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, SqliteError> + Send + 'static,
    {
        match self.store.query(query).await {
            Ok(found) => found,
            Err(error) => panic!("{what} failed: {}", error_chain::chain(&error)),
        }
    }
}

fn rows<T>(connection: &Connection, sql: &str) -> Result<Vec<T>, SqliteError>
where
    T: for<'r> TryFrom<&'r Row<'r>, Error = rusqlite::Error>,
{
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| T::try_from(row))?;
    rows.collect()
}

fn difference<T: fmt::Debug>(expected: &[T], actual: &[T]) -> String {
    let lines = |rows: &[T]| rows.iter().fold(String::new(), |all, row| all + &format!("{row:?}\n"));
    let (expected, actual) = (lines(expected), lines(actual));
    let mut shown = "- expected, + found\n\n".to_owned();
    for change in TextDiff::from_lines(&expected, &actual).iter_all_changes() {
        shown.extend([change.tag().to_string().as_str(), " ", change.value()]);
    }
    shown
}

impl fmt::Debug for ProjectedTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ProjectedTable({})", self.name)
    }
}
