//! A version of a projection that is built beside the one that is read.
//!
//! Its tables are in a schema of their own, which is looked in first while it is built, so that the SQL of the handlers
//! is the same; its checkpoint and its dead letters go by a name of their own. Once it has caught up it takes over: in
//! one transaction the tables that were read are dropped, the new ones move into their place, and the checkpoint is
//! replaced.
//!
//! Invariant: the checkpoint, the tables and what they hold of the version that is read change together, in the
//! transaction that takes over, and until then are as the processes of that version leave them. So a reader sees the one
//! version or the other, and a crash leaves one or the other. Whoever takes over holds the lock of all subscriptions,
//! then that of the checkpoint that is read, then that of the build: in this order, so that several may try.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    projection::Facts,
    store::{
        StoreError, Subscription,
        postgres::{PostgresError, PostgresStore, ProjectionTransaction, engine_error},
    },
};

use super::{
    faults::wrong,
    objects::{self, Object},
};

/// How long to wait for readers of the tables that are to be dropped: others that come meanwhile wait, too.
const PATIENCE: &str = "SET LOCAL lock_timeout = '500ms'";

/// How many bytes the name of a schema has at most.
const LONGEST_NAME: usize = 63;

const CREATE: &str =
    "create a schema to build a projection in, which takes the right CREATE on the database, with its tables";
const DISCARD: &str = "discard what was built of a projection";

/// A version of a projection, built beside the one that is read.
pub(super) struct Build {
    /// The projection.
    projection: &'static str,
    /// The name of the checkpoint.
    name: String,
    /// Where the tables are.
    schema: String,
    /// Where the tables are to be.
    home: String,
}

/// The SQL of a projection creates something that is there, and not its own.
#[derive(Debug, thiserror::Error)]
#[error("the SQL of the projection creates {} {}, which is there already and does not belong to it", .0.0, .0.1)]
struct Taken(Object);

impl Build {
    /// The build of this program's version.
    pub(super) fn of(facts: &Facts, store: &PostgresStore) -> Self {
        Self::version(facts.name, facts.version, store)
    }

    fn version(projection: &'static str, version: u32, store: &PostgresStore) -> Self {
        let (name, home) = (format!("{projection}@{version}"), store.schema().to_owned());
        let schema = format!("{home}@{name}");
        // The server would cut a longer name off, and two could become one.
        let schema = if schema.len() <= LONGEST_NAME { schema } else { format!("cqrs@{}", digest(&schema)) };
        Self { projection, name, schema, home }
    }

    /// The build that a checkpoint of this name belongs to, if it is not that of the projection itself, or of one of its
    /// partitions: a projection that is divided is built in place.
    pub(super) fn found(facts: &Facts, store: &PostgresStore, name: &str) -> Option<Self> {
        (facts.partitions.is_empty() && name != facts.name).then(|| Self::of(facts, store))
    }

    /// Begins the build, in place of one of a version before. All subscriptions are locked.
    pub(super) async fn begin(
        &self,
        facts: &Facts,
        store: &PostgresStore,
        tx: &mut ProjectionTransaction,
    ) -> Result<Subscription, StoreError> {
        Self::discard_all(facts, store, tx).await?;
        match self.create_tables(facts, tx.for_handlers()).await? {
            Some(taken) => Err(StoreError::engine(CREATE, Taken(taken))),
            None => tx.start(&self.name, facts.version).await,
        }
    }

    /// Creates the tables, and gives what could not move to where they are to be.
    async fn create_tables(
        &self,
        facts: &Facts,
        connection: &mut PgConnection,
    ) -> Result<Option<Object>, StoreError> {
        let failed = |error| engine_error(CREATE, error);
        let others = self.others(connection).await.map_err(failed)?;
        objects::look_in(connection, &[&self.schema, &self.home]).await.map_err(failed)?;
        objects::create(connection, &self.name, facts.schema).await.map_err(|error| wrong(facts, error))?;
        let is_taken = |object: &Object| others.iter().any(|other| objects::collide(object, other));
        Ok(objects::all(connection).await.map_err(failed)?.into_iter().find(is_taken))
    }

    /// Creates the schema, and gives what is where the tables are to be and is not the projection's own.
    async fn others(&self, connection: &mut PgConnection) -> Result<Vec<Object>, PostgresError> {
        objects::run(connection, format!("CREATE SCHEMA {}", objects::quoted(&self.schema))).await?;
        let own = objects::created(connection, self.projection).await?;
        let mut others = objects::all(connection).await?;
        others.retain(|object| !own.contains(object));
        Ok(others)
    }

    /// Has the handlers' SQL find the tables of the build.
    pub(super) async fn enter(&self, tx: &mut ProjectionTransaction) -> Result<(), StoreError> {
        let entered = objects::look_in(tx.for_handlers(), &[&self.schema, &self.home]).await;
        entered.map_err(|error| engine_error("build a projection", error))
    }

    /// Puts the build into the place of what is read. The checkpoints of both are locked.
    pub(super) async fn take_over(&self, tx: &mut ProjectionTransaction) -> Result<(), StoreError> {
        let moved = self.move_tables(tx.for_handlers()).await;
        moved.map_err(|error| {
            StoreError::engine("replace the tables of a projection by those built", error)
        })?;
        tx.replace(self.projection, &self.name).await
    }

    async fn move_tables(&self, connection: &mut PgConnection) -> Result<(), PostgresError> {
        sqlx::raw_sql(PATIENCE).execute(&mut *connection).await?;
        objects::look_in(connection, &[&self.home]).await?;
        objects::drop_created(connection, self.projection).await?;
        objects::look_in(connection, &[&self.schema, &self.home]).await?;
        objects::move_created(connection, &self.name, &self.schema, &self.home).await?;
        // It is empty, or the projection's SQL created something that cannot be moved.
        objects::run(connection, format!("DROP SCHEMA {}", objects::quoted(&self.schema))).await?;
        objects::look_in(connection, &[&self.home]).await
    }

    /// Removes what was built of a projection, of whichever version. All subscriptions are locked.
    pub(super) async fn discard_all(
        facts: &Facts,
        store: &PostgresStore,
        tx: &mut ProjectionTransaction,
    ) -> Result<(), StoreError> {
        for build in tx.builds(facts.name).await? {
            Self::version(facts.name, build.version, store).discard(tx).await?;
        }
        Ok(())
    }

    /// Removes the build. All subscriptions are locked.
    async fn discard(&self, tx: &mut ProjectionTransaction) -> Result<(), StoreError> {
        // Whoever applies a batch at this moment ends it first.
        tx.lock(&self.name).await?;
        let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", objects::quoted(&self.schema));
        let dropped = objects::run(tx.for_handlers(), drop).await;
        dropped.map_err(|error| engine_error(DISCARD, error))?;
        let forgotten = objects::forget(tx.for_handlers(), &self.name).await;
        forgotten.map_err(|error| engine_error(DISCARD, error))?;
        tx.forget(&self.name).await
    }
}

fn digest(name: &str) -> impl std::fmt::Display {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).simple()
}
