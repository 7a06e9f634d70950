//! Leases: the right to run a subscription, for a time by the server's clock.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::Lease;

use super::rows;

/// The longest lease, a hundred years: longer ones would not end in a date the server knows.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// Takes the lease unless another owner has it. Taking raises the epoch, so that whoever had it before can no longer
/// move the checkpoint, even if its clock says otherwise.
pub(super) async fn acquire(
    connection: &mut PgConnection,
    name: &str,
    owner: Uuid,
    duration: Duration,
) -> sqlx::Result<Option<Lease>> {
    let take = sqlx::query(include_str!("sql/acquire_lease.sql"));
    let take = take.bind(name).bind(owner.to_string()).bind(microseconds(duration));
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

pub(super) fn microseconds(duration: Duration) -> i64 {
    i64::try_from(duration.min(LONGEST).as_micros()).unwrap_or(i64::MAX)
}
