//! The tables of a projection: created when it first runs, and anew when it is rebuilt or its version raised.

use crate::{
    message::Position,
    projection::{
        Projection,
        batch::{newer, start},
    },
    store::{
        StoreError, Subscription,
        postgres::{PostgresError, PostgresStore, ProjectionTransaction, engine_error},
    },
};

use super::{build::Build, objects};

const CANNOT_EMPTY: StoreError =
    StoreError::Unsupported("rebuild a projection that says neither `schema = ..` nor `reset = ..`");

/// The checkpoint of what this version of the program is to apply events to, with its tables.
pub(super) async fn begin<P: Projection>(store: &PostgresStore) -> Result<Subscription, StoreError> {
    let mut tx = store.begin_projecting().await?;
    tx.lock_all().await?;
    let subscription = begin_within::<P>(store, &mut tx).await?;
    tx.commit().await?;
    Ok(subscription)
}

async fn begin_within<P: Projection>(
    store: &PostgresStore,
    tx: &mut ProjectionTransaction,
) -> Result<Subscription, StoreError> {
    let known = tx.knows(&start::<P>()).await?;
    let subscription = tx.subscribe(&start::<P>()).await?;
    if !known {
        objects::create(tx.for_handlers(), P::NAME, P::SCHEMA).await.map_err(failed)?;
        if !P::PARTITIONS.is_empty() {
            tx.divide(&start::<P>(), P::PARTITIONS, subscription.epoch).await?;
        }
        return Ok(subscription);
    }
    if subscription.version > P::VERSION {
        return Err(newer::<P>(subscription.version));
    }
    match newest_build::<P>(tx).await? {
        Some(build) if build.version == P::VERSION => Ok(build),
        _ if subscription.version == P::VERSION => {
            let (found, wanted) = (tx.partitions(P::NAME).await?, P::PARTITIONS.len());
            let other = StoreError::OtherPartitions { name: P::NAME, found, wanted };
            if found == wanted { Ok(subscription) } else { Err(other) }
        }
        Some(build) if build.version > P::VERSION => Err(newer::<P>(build.version)),
        _ => start_over::<P>(store, tx, subscription).await,
    }
}

async fn newest_build<P: Projection>(
    tx: &mut ProjectionTransaction,
) -> Result<Option<Subscription>, StoreError> {
    Ok(tx.builds(P::NAME).await?.into_iter().max_by_key(|build| build.version))
}

/// The checkpoint of what is built anew from the first event.
pub(super) async fn rebuild<P: Projection>(store: &PostgresStore) -> Result<Subscription, StoreError> {
    let mut tx = store.begin_projecting().await?;
    tx.lock_all().await?;
    let subscription = tx.subscribe(&start::<P>()).await?;
    let newest = newest_build::<P>(&mut tx).await?.map_or(subscription.version, |build| build.version);
    if newest.max(subscription.version) > P::VERSION {
        return Err(newer::<P>(newest.max(subscription.version)));
    }
    let subscription = start_over::<P>(store, &mut tx, subscription).await?;
    tx.commit().await?;
    Ok(subscription)
}

/// In place, if the projection says how it is emptied, or is divided, or was; else beside what is read.
async fn start_over<P: Projection>(
    store: &PostgresStore,
    tx: &mut ProjectionTransaction,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    if !P::PARTITIONS.is_empty() || tx.partitions(P::NAME).await? > 0 {
        return divide_anew::<P>(store, tx, subscription).await;
    }
    match (P::RESET, P::SCHEMA) {
        (Some(reset), _) => empty::<P>(tx, reset, subscription).await,
        (None, Some(_)) => Build::of::<P>(store).begin::<P>(store, tx).await,
        (None, None) => Err(CANNOT_EMPTY),
    }
}

/// Its tables emptied, its partitions those of the program. Whoever owned one of them before has lost it.
async fn divide_anew<P: Projection>(
    store: &PostgresStore,
    tx: &mut ProjectionTransaction,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    tx.lock_building(P::NAME).await?;
    Build::discard_all::<P>(store, tx).await?;
    let epoch = subscription.epoch;
    let subscription = match (P::RESET, P::SCHEMA) {
        (Some(reset), _) => empty::<P>(tx, reset, subscription).await?,
        (None, Some(_)) => create_anew::<P>(tx, subscription).await?,
        (None, None) => return Err(CANNOT_EMPTY),
    };
    tx.divide(&start::<P>(), P::PARTITIONS, epoch).await?;
    Ok(subscription)
}

async fn create_anew<P: Projection>(
    tx: &mut ProjectionTransaction,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    tx.lock(P::NAME).await?;
    objects::drop_created(tx.for_handlers(), P::NAME).await.map_err(failed)?;
    objects::create(tx.for_handlers(), P::NAME, P::SCHEMA).await.map_err(failed)?;
    tx.restart(P::NAME, P::VERSION).await?;
    Ok(at_start::<P>(subscription))
}

async fn empty<P: Projection>(
    tx: &mut ProjectionTransaction,
    reset: &'static str,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    // Whoever applies a batch at this moment ends it first.
    tx.lock(P::NAME).await?;
    sqlx::raw_sql(reset).execute(&mut **tx.for_handlers()).await.map_err(failed)?;
    tx.restart(P::NAME, P::VERSION).await?;
    Ok(at_start::<P>(subscription))
}

fn at_start<P: Projection>(subscription: Subscription) -> Subscription {
    let position = Position::START;
    Subscription { version: P::VERSION, position, started_at: position, ..subscription }
}

fn failed(error: PostgresError) -> StoreError {
    engine_error("create the tables of a projection", error)
}
