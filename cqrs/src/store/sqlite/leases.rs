//! Leases: the right to run a subscription, for a time by this machine's clock.
//!
//! Invariant: a lease is never believed for longer than the longest the library writes. One that ends later, or never, is
//! free.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::store::{LONGEST_LEASE, Lease, LeaseInSight};

use super::{rows, time};

/// Takes the lease unless another owner has it. Taking raises the epoch, so that whoever had it before can no longer
/// move the checkpoint, even if its clock says otherwise.
pub(super) fn acquire(
    connection: &Connection,
    name: &str,
    owner: Uuid,
    duration: Duration,
) -> rusqlite::Result<Option<Lease>> {
    let now = Timestamp::now();
    let end = |duration| time::text(Lease::end(now, duration));
    let values = params![name, owner.to_string(), time::text(now), end(duration), end(LONGEST_LEASE)];
    let sql = include_str!("sql/acquire_lease.sql");
    let epoch = connection.query_row(sql, values, |row| rows::unsigned(row, 0)).optional()?;
    Ok(epoch.map(|epoch| Lease { name: name.into(), owner, epoch }))
}

/// Keeps the lease; `false` if another owner took it, or it was given back.
pub(super) fn renew(connection: &Connection, lease: &Lease, duration: Duration) -> rusqlite::Result<bool> {
    let until = time::text(Lease::end(Timestamp::now(), duration));
    let values = params![lease.name, lease.owner.to_string(), rows::number(lease.epoch), until];
    Ok(connection.execute(include_str!("sql/renew_lease.sql"), values)? == 1)
}

/// Gives the lease back, if it is still there.
pub(super) fn release(connection: &Connection, lease: &Lease) -> rusqlite::Result<()> {
    let values = params![lease.name, lease.owner.to_string(), rows::number(lease.epoch)];
    connection.execute(include_str!("sql/release_lease.sql"), values).map(drop)
}

/// Who has the lease.
pub(super) fn holder(connection: &Connection, name: &str) -> rusqlite::Result<Option<LeaseInSight>> {
    let sql = include_str!("sql/lease_holder.sql");
    // An end that is no time was not written by the library, and is as good as none.
    let until = |text: Option<String>| text.and_then(|text| text.parse().ok());
    let holder = |row: &Row<'_>| Ok(LeaseInSight { owner: row.get(0)?, until: until(row.get(1)?) });
    connection.prepare_cached(sql)?.query_row([name], holder).optional()
}
