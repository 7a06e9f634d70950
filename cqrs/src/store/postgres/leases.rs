//! Leases: the right to run a subscription, for a time by the server's clock.
//!
//! Invariant: a lease is never believed for longer than the longest the library writes. One that ends later, or never, is
//! free.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::{LONGEST_LEASE, Lease, LeaseInSight};

use super::rows;

/// Takes the lease unless another owner has it. Taking raises the epoch, so that whoever had it before can no longer
/// move the checkpoint, even if its clock says otherwise.
pub(super) async fn acquire(
    connection: &mut PgConnection,
    name: &str,
    owner: Uuid,
    duration: Duration,
) -> sqlx::Result<Option<Lease>> {
    let take = sqlx::query(include_str!("sql/acquire_lease.sql"));
    let take = take
        .bind(name)
        .bind(owner.to_string())
        .bind(microseconds(duration))
        .bind(microseconds(LONGEST_LEASE));
    let epoch = take.fetch_optional(connection).await?.map(|row| rows::unsigned(&row, 0)).transpose()?;
    Ok(epoch.map(|epoch| Lease { name: name.into(), owner, epoch }))
}

/// Keeps the lease; `false` if another owner took it, or it was given back.
pub(super) async fn renew(
    connection: &mut PgConnection,
    lease: &Lease,
    duration: Duration,
) -> sqlx::Result<bool> {
    let renew = sqlx::query(include_str!("sql/renew_lease.sql"));
    let renew = renew.bind(&lease.name).bind(lease.owner.to_string()).bind(rows::number(lease.epoch));
    Ok(renew.bind(microseconds(duration)).execute(connection).await?.rows_affected() == 1)
}

/// Gives the lease back, if it is still there.
pub(super) async fn release(connection: &mut PgConnection, lease: &Lease) -> sqlx::Result<()> {
    let release = sqlx::query(include_str!("sql/release_lease.sql"));
    let release = release.bind(&lease.name).bind(lease.owner.to_string()).bind(rows::number(lease.epoch));
    release.execute(connection).await.map(drop)
}

/// Who has the lease.
pub(super) async fn holder(connection: &mut PgConnection, name: &str) -> sqlx::Result<Option<LeaseInSight>> {
    let holder = sqlx::query_as(include_str!("sql/lease_holder.sql")).bind(name);
    let found: Option<(String, Option<String>)> = holder.fetch_optional(connection).await?;
    // An end beyond all times was not written by the library, and is as good as none.
    let until = |text: Option<String>| text.and_then(|text| text.parse().ok());
    Ok(found.map(|(owner, end)| LeaseInSight { owner, until: until(end) }))
}

pub(super) fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.min(LONGEST_LEASE).as_micros()).unwrap_or(i64::MAX)
}
