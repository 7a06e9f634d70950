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

use crate::{
    projection::Projection,
    store::{
        StoreError, Subscription,
        postgres::{PostgresError, PostgresStore, ProjectionTransaction, engine_error},
    },
};

use super::objects;

/// How long to wait for readers of the tables that are to be dropped: others that come meanwhile wait, too.
const PATIENCE: &str = "SET LOCAL lock_timeout = '500ms'";

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
struct Taken(objects::Object);

impl Build {
    /// The build of this program's version.
    pub(super) fn of<P: Projection>(store: &PostgresStore) -> Self {
        Self::version(P::NAME, P::VERSION, store)
    }

    fn version(projection: &'static str, version: u32, store: &PostgresStore) -> Self {
        let (name, home) = (format!("{projection}@{version}"), store.schema().to_owned());
        Self { projection, schema: format!("{home}@{name}"), name, home }
    }

    /// The build that a checkpoint of this name belongs to, if it is not that of the projection itself, or of one of its
    /// partitions: a projection that is divided is built in place.
    pub(super) fn found<P: Projection>(store: &PostgresStore, name: &str) -> Option<Self> {
        (P::PARTITIONS.is_empty() && name != P::NAME).then(|| Self::of::<P>(store))
    }

    /// Begins the build, in place of one of a version before. All subscriptions are locked.
    pub(super) async fn begin<P: Projection>(
        &self,
        store: &PostgresStore,
        tx: &mut ProjectionTransaction,
    ) -> Result<Subscription, StoreError> {
        Self::discard_all::<P>(store, tx).await?;
        let create = format!("CREATE SCHEMA {}", objects::quoted(&self.schema));
        objects::run(tx.for_handlers(), create).await.map_err(|error| failed(CREATE, error))?;
        let others = self.others(tx).await.map_err(|error| failed(CREATE, error))?;
        self.enter(tx).await?;
        objects::create(tx.for_handlers(), &self.name, P::SCHEMA)
            .await
            .map_err(|error| failed(CREATE, error))?;
        let created = objects::all(tx.for_handlers()).await.map_err(|error| failed(CREATE, error))?;
        let is_taken = |object: &objects::Object| others.iter().any(|other| objects::collide(object, other));
        if let Some(taken) = created.into_iter().find(is_taken) {
            return Err(StoreError::engine(CREATE, Taken(taken)));
        }
        tx.start(&self.name, P::VERSION).await
    }

    /// What is where the tables are to be, and is not dropped when the build takes over.
    async fn others(&self, tx: &mut ProjectionTransaction) -> Result<Vec<objects::Object>, PostgresError> {
        let own = objects::created(tx.for_handlers(), self.projection).await?;
        let mut others = objects::all(tx.for_handlers()).await?;
        others.retain(|object| !own.contains(object));
        Ok(others)
    }

    /// Has the handlers' SQL find the tables of the build.
    pub(super) async fn enter(&self, tx: &mut ProjectionTransaction) -> Result<(), StoreError> {
        let entered = objects::look_in(tx.for_handlers(), &[&self.schema, &self.home]).await;
        entered.map_err(|error| failed("build a projection", error))
    }

    /// Puts the build into the place of what is read. The checkpoints of both are locked.
    pub(super) async fn take_over(&self, tx: &mut ProjectionTransaction) -> Result<(), StoreError> {
        self.move_tables(tx).await.map_err(|error| failed("let a projection take over", error))?;
        tx.replace(self.projection, &self.name).await
    }

    async fn move_tables(&self, tx: &mut ProjectionTransaction) -> Result<(), PostgresError> {
        let connection = tx.for_handlers();
        sqlx::raw_sql(PATIENCE).execute(&mut **connection).await?;
        objects::look_in(connection, &[&self.home]).await?;
        objects::drop_created(connection, self.projection).await?;
        objects::look_in(connection, &[&self.schema, &self.home]).await?;
        objects::move_created(connection, &self.name, &self.schema, &self.home).await?;
        // It is empty, or the projection's SQL created something that cannot be moved.
        objects::run(connection, format!("DROP SCHEMA {}", objects::quoted(&self.schema))).await?;
        objects::look_in(connection, &[&self.home]).await
    }

    /// Removes what was built of a projection, of whichever version. All subscriptions are locked.
    pub(super) async fn discard_all<P: Projection>(
        store: &PostgresStore,
        tx: &mut ProjectionTransaction,
    ) -> Result<(), StoreError> {
        for build in tx.builds(P::NAME).await? {
            Self::version(P::NAME, build.version, store).discard(tx).await?;
        }
        Ok(())
    }

    /// Removes the build. All subscriptions are locked.
    async fn discard(&self, tx: &mut ProjectionTransaction) -> Result<(), StoreError> {
        // Whoever applies a batch at this moment ends it first.
        tx.lock(&self.name).await?;
        let connection = tx.for_handlers();
        let drop = format!("DROP SCHEMA {} CASCADE", objects::quoted(&self.schema));
        let dropped = objects::run(connection, drop).await;
        dropped.map_err(|error| failed("discard what was built of a projection", error))?;
        let forgotten = objects::forget(connection, &self.name).await;
        forgotten.map_err(|error| failed("discard what was built of a projection", error))?;
        tx.forget(&self.name).await
    }
}

const CREATE: &str =
    "create a schema to build a projection in, which takes the right CREATE on the database, with its tables";

fn failed(operation: &'static str, error: PostgresError) -> StoreError {
    engine_error(operation, error)
}
