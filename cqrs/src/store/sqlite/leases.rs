//! Leases: the right to run a subscription, for a time by this machine's clock.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::store::Lease;

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
    let values = params![name, owner.to_string(), time::text(now), time::text(time::after(now, duration))];
    let sql = include_str!("sql/acquire_lease.sql");
    let epoch = connection.query_row(sql, values, |row| rows::unsigned(row, 0)).optional()?;
    Ok(epoch.map(|epoch| Lease { name: name.into(), owner, epoch }))
}

/// Keeps the lease; `false` if another owner took it, or it was given back.
pub(super) fn renew(connection: &Connection, lease: &Lease, duration: Duration) -> rusqlite::Result<bool> {
    let until = time::text(time::after(Timestamp::now(), duration));
    let values = params![lease.name, lease.owner.to_string(), rows::number(lease.epoch), until];
    Ok(connection.execute(include_str!("sql/renew_lease.sql"), values)? == 1)
}

/// Gives the lease back, if it is still there.
pub(super) fn release(connection: &Connection, lease: &Lease) -> rusqlite::Result<()> {
    let values = params![lease.name, lease.owner.to_string(), rows::number(lease.epoch)];
    connection.execute(include_str!("sql/release_lease.sql"), values).map(drop)
}
