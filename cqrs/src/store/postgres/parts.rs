//! Several checkpoints and leases at once.
//!
//! Invariant: the rows are locked in the order of their names, so that two that keep some of the same never wait for each other in a
//! circle: who slept through the end of its leases may hold some that others have by now.

use std::time::Duration;

use sqlx::PgPool;

use crate::{
    message::Position,
    store::{Lease, Settlement, StoreError, SubscriptionStart},
};

use super::{faults, leases::microseconds, processes, rows, subscriptions};

/// Makes what is new of several subscriptions, in one transaction.
pub(super) async fn subscribe(
    pool: &PgPool,
    starts: &[SubscriptionStart],
    head: Position,
) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    for start in starts {
        subscriptions::subscribe(&mut transaction, start, head).await?;
    }
    transaction.commit().await
}

/// Moves several checkpoints, each with the rows of its processes, and says of each whether it was moved.
pub(super) async fn settle(pool: &PgPool, settlements: &[Settlement]) -> Result<Vec<bool>, StoreError> {
    let names: Vec<&str> = settlements.iter().map(|settlement| settlement.name.as_str()).collect();
    let above = settlements.iter().map(Settlement::done_above_as_json).collect::<Result<Vec<_>, _>>()?;
    let above: Vec<_> = above.iter().map(Option::as_deref).collect();
    let moved = processes::advance_all(pool, settlements, &above).await;
    Ok(each(&names, &moved.map_err(|error| faults::engine("move checkpoints", error))?))
}

/// Keeps several leases, and says of each whether it is held.
pub(super) async fn renew(
    pool: &PgPool,
    leases: &[Lease],
    duration: Duration,
) -> Result<Vec<bool>, StoreError> {
    let names: Vec<&str> = leases.iter().map(|lease| lease.name.as_str()).collect();
    let owners: Vec<String> = leases.iter().map(|lease| lease.owner.to_string()).collect();
    let epochs: Vec<i64> = leases.iter().map(|lease| rows::number(lease.epoch)).collect();
    let renew = sqlx::query_scalar(include_str!("sql/renew_parts.sql"));
    let renew = renew.bind(&names).bind(owners).bind(epochs).bind(microseconds(duration));
    let held = renew.fetch_all(pool).await.map_err(|error| faults::engine("keep leases", error))?;
    Ok(each(&names, &held))
}

/// Keeps that something of a version is written from now on; `false` if the lease was lost.
pub(super) async fn raise_version(pool: &PgPool, lease: &Lease, version: u32) -> Result<bool, StoreError> {
    let raise = sqlx::query(include_str!("sql/raise_part.sql")).bind(&lease.name);
    let raise = raise.bind(lease.owner.to_string()).bind(rows::number(lease.epoch)).bind(i64::from(version));
    let failed = |error| faults::engine("keep the version of a part", error);
    Ok(raise.execute(pool).await.map_err(failed)?.rows_affected() == 1)
}

/// Says of each whether somebody has asked for one of its dead letters.
pub(super) async fn letters_asked_for(pool: &PgPool, leases: &[Lease]) -> Result<Vec<bool>, StoreError> {
    let names: Vec<&str> = leases.iter().map(|lease| lease.name.as_str()).collect();
    let asked = sqlx::query_scalar(include_str!("sql/letters_asked_for.sql")).bind(&names);
    let asked = asked.fetch_all(pool).await.map_err(|error| faults::engine("look at dead letters", error))?;
    Ok(each(&names, &asked))
}

fn each(names: &[&str], among: &[String]) -> Vec<bool> {
    names.iter().map(|name| among.iter().any(|found| found == name)).collect()
}
