//! The tables of a projection: created when it first runs, and anew when it is rebuilt or its version raised.

use crate::{
    message::Position,
    projection::{
        Facts,
        batch::{newer, start},
    },
    store::{
        StoreError, Subscription,
        postgres::{PostgresStore, ProjectionTransaction},
    },
};

use super::{
    build::Build,
    faults::{failed, wrong, wrong_at},
    objects,
};

const CANNOT_EMPTY: StoreError =
    StoreError::Unsupported("rebuild a projection that says neither `schema = ..` nor `reset = ..`");

/// The checkpoint of what this version of the program is to apply events to, with its tables.
pub(super) async fn begin(facts: &Facts, store: &PostgresStore) -> Result<Subscription, StoreError> {
    let mut tx = store.begin_projecting().await?;
    tx.lock_all().await?;
    let subscription = begin_within(facts, store, &mut tx).await?;
    tx.commit().await?;
    Ok(subscription)
}

async fn begin_within(
    facts: &Facts,
    store: &PostgresStore,
    tx: &mut ProjectionTransaction,
) -> Result<Subscription, StoreError> {
    let known = tx.knows(&start(facts)).await?;
    let subscription = tx.subscribe(&start(facts)).await?;
    if !known {
        objects::create(tx.for_handlers(), facts.name, facts.schema)
            .await
            .map_err(|error| wrong(facts, error))?;
        if !facts.partitions.is_empty() {
            tx.divide(&start(facts), facts.partitions, subscription.epoch).await?;
        }
        return Ok(subscription);
    }
    if subscription.version > facts.version {
        return Err(newer(facts, subscription.version));
    }
    match newest_build(facts, tx).await? {
        Some(build) if build.version == facts.version => Ok(build),
        _ if subscription.version == facts.version => {
            let (found, wanted) = (tx.partitions(facts.name).await?, facts.partitions.len());
            let other = StoreError::OtherPartitions { name: facts.name, found, wanted };
            if found == wanted { Ok(subscription) } else { Err(other) }
        }
        Some(build) if build.version > facts.version => Err(newer(facts, build.version)),
        _ => start_over(facts, store, tx, subscription).await,
    }
}

async fn newest_build(
    facts: &Facts,
    tx: &mut ProjectionTransaction,
) -> Result<Option<Subscription>, StoreError> {
    Ok(tx.builds(facts.name).await?.into_iter().max_by_key(|build| build.version))
}

/// The checkpoint of what is built anew from the first event.
pub(super) async fn rebuild(facts: &Facts, store: &PostgresStore) -> Result<Subscription, StoreError> {
    let mut tx = store.begin_projecting().await?;
    tx.lock_all().await?;
    let subscription = tx.subscribe(&start(facts)).await?;
    let newest = newest_build(facts, &mut tx).await?.map_or(subscription.version, |build| build.version);
    if newest.max(subscription.version) > facts.version {
        return Err(newer(facts, newest.max(subscription.version)));
    }
    let subscription = start_over(facts, store, &mut tx, subscription).await?;
    tx.commit().await?;
    Ok(subscription)
}

/// In place, if the projection says how it is emptied, or is divided, or was; else beside what is read.
async fn start_over(
    facts: &Facts,
    store: &PostgresStore,
    tx: &mut ProjectionTransaction,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    if !facts.partitions.is_empty() || tx.partitions(facts.name).await? > 0 {
        return divide_anew(facts, store, tx, subscription).await;
    }
    match (facts.reset, facts.schema) {
        (Some(reset), _) => empty(facts, tx, reset, subscription).await,
        (None, Some(_)) => Build::of(facts, store).begin(facts, store, tx).await,
        (None, None) => Err(CANNOT_EMPTY),
    }
}

/// Its tables emptied, its partitions those of the program. Whoever owned one of them before has lost it.
async fn divide_anew(
    facts: &Facts,
    store: &PostgresStore,
    tx: &mut ProjectionTransaction,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    tx.lock_building(facts.name).await?;
    Build::discard_all(facts, store, tx).await?;
    let epoch = subscription.epoch;
    let subscription = match (facts.reset, facts.schema) {
        (Some(reset), _) => empty(facts, tx, reset, subscription).await?,
        (None, Some(_)) => create_anew(facts, tx, subscription).await?,
        (None, None) => return Err(CANNOT_EMPTY),
    };
    tx.divide(&start(facts), facts.partitions, epoch).await?;
    Ok(subscription)
}

async fn create_anew(
    facts: &Facts,
    tx: &mut ProjectionTransaction,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    tx.lock(facts.name).await?;
    objects::drop_created(tx.for_handlers(), facts.name).await.map_err(failed)?;
    objects::create(tx.for_handlers(), facts.name, facts.schema)
        .await
        .map_err(|error| wrong(facts, error))?;
    tx.restart(facts.name, facts.version).await?;
    Ok(at_start(facts, subscription))
}

async fn empty(
    facts: &Facts,
    tx: &mut ProjectionTransaction,
    reset: &'static str,
    subscription: Subscription,
) -> Result<Subscription, StoreError> {
    // Whoever applies a batch at this moment ends it first.
    tx.lock(facts.name).await?;
    sqlx::raw_sql(reset)
        .execute(&mut **tx.for_handlers())
        .await
        .map_err(|error| wrong_at(facts, "reset", error))?;
    tx.restart(facts.name, facts.version).await?;
    Ok(at_start(facts, subscription))
}

fn at_start(facts: &Facts, subscription: Subscription) -> Subscription {
    let position = Position::START;
    Subscription { version: facts.version, position, started_at: position, ..subscription }
}
