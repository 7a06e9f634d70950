//! The tables of a projection: created when it first runs, and anew when it is rebuilt or its version raised.
//!
//! What a projection's SQL created is remembered, so that a rebuild can drop it without being told how.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::{
    message::Position,
    projection::{
        Projection,
        batch::{newer, start},
    },
    store::{
        StoreError, Subscription,
        postgres::{PostgresError, PostgresStore, ProjectionTransaction},
    },
};

/// The projection's checkpoint, with its tables as this version of the program wants them.
pub(super) async fn begin<P: Projection>(store: &PostgresStore) -> Result<Subscription, StoreError> {
    let mut tx = store.begin_projecting().await?;
    let subscription = begin_within::<P>(&mut tx).await?;
    tx.commit().await?;
    Ok(subscription)
}

/// The projection's checkpoint, back at the first event, and its tables empty.
pub(super) async fn rebuild<P: Projection>(store: &PostgresStore) -> Result<Subscription, StoreError> {
    let mut tx = store.begin_projecting().await?;
    let subscription = tx.subscribe(&start::<P>()).await?;
    let subscription = start_over::<P>(&mut tx, subscription).await?;
    tx.commit().await?;
    Ok(subscription)
}

async fn begin_within<P: Projection>(tx: &mut ProjectionTransaction) -> Result<Subscription, StoreError> {
    let known = tx.knows(&start::<P>()).await?;
    let subscription = tx.subscribe(&start::<P>()).await?;
    match subscription.version {
        _ if !known => {
            create::<P>(tx.for_handlers()).await.map_err(failed)?;
            if !P::PARTITIONS.is_empty() {
                tx.divide(&start::<P>(), P::PARTITIONS, subscription.epoch).await?;
            }
            Ok(subscription)
        }
        found if found == P::VERSION => {
            let (found, wanted) = (tx.partitions(P::NAME).await?, P::PARTITIONS.len());
            if found == wanted { Ok(subscription) } else { Err(other_partitions::<P>(found)) }
        }
        found if found > P::VERSION => Err(newer::<P>(&subscription)),
        _ => start_over::<P>(tx, subscription).await,
    }
}

async fn start_over<P: Projection>(
    tx: &mut ProjectionTransaction,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    // Whoever applies a batch at this moment ends it first.
    tx.lock_building(P::NAME).await?;
    tx.lock(P::NAME).await?;
    empty::<P>(tx.for_handlers()).await?;
    for letter in tx.dead_letters(P::NAME).await? {
        tx.remove_dead_letter(&letter.key).await?;
    }
    tx.restart(P::NAME, P::VERSION).await?;
    if !P::PARTITIONS.is_empty() || tx.partitions(P::NAME).await? > 0 {
        tx.divide(&start::<P>(), P::PARTITIONS, subscription.epoch).await?;
    }
    let position = Position::START;
    Ok(Subscription { version: P::VERSION, position, started_at: position, ..subscription })
}

fn other_partitions<P: Projection>(found: usize) -> StoreError {
    StoreError::OtherPartitions { name: P::NAME, found, wanted: P::PARTITIONS.len() }
}

async fn empty<P: Projection>(connection: &mut PgConnection) -> Result<(), StoreError> {
    if let Some(reset) = P::RESET {
        return sqlx::raw_sql(reset).execute(connection).await.map(drop).map_err(failed);
    }
    if P::SCHEMA.is_none() {
        return Err(StoreError::Unsupported(
            "rebuild a projection that says neither `schema = ..` nor `reset = ..`",
        ));
    }
    drop_created::<P>(connection).await.map_err(failed)?;
    create::<P>(connection).await.map_err(failed)
}

/// Runs the projection's SQL and remembers what was not there before.
async fn create<P: Projection>(connection: &mut PgConnection) -> sqlx::Result<()> {
    let Some(schema) = P::SCHEMA else { return Ok(()) };
    let before = objects(connection).await?;
    sqlx::raw_sql(schema).execute(&mut *connection).await?;
    for (kind, name) in objects(connection).await?.into_iter().filter(|object| !before.contains(object)) {
        let remember =
            sqlx::query(include_str!("sql/remember_object.sql")).bind(P::NAME).bind(kind).bind(name);
        remember.execute(&mut *connection).await?;
    }
    Ok(())
}

async fn drop_created<P: Projection>(connection: &mut PgConnection) -> sqlx::Result<()> {
    let created = sqlx::query_as::<_, Object>(include_str!("sql/created_objects.sql")).bind(P::NAME);
    let created = created.fetch_all(&mut *connection).await?;
    // What was created later may need what was created before.
    for (kind, name) in objects(connection).await?.into_iter().rev().filter(|object| created.contains(object))
    {
        // Names cannot be parameters; these were quoted by the server.
        sqlx::raw_sql(AssertSqlSafe(format!("DROP {kind} {name}"))).execute(&mut *connection).await?;
    }
    let forget = sqlx::query(include_str!("sql/forget_objects.sql")).bind(P::NAME);
    forget.execute(connection).await.map(drop)
}

/// A kind and a name, as `DROP` takes them.
type Object = (String, String);

async fn objects(connection: &mut PgConnection) -> sqlx::Result<Vec<Object>> {
    sqlx::query_as(include_str!("sql/all_objects.sql")).fetch_all(connection).await
}

fn failed(error: PostgresError) -> StoreError {
    StoreError::engine("create the tables of a projection", error)
}
