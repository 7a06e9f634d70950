//! Checkpoints.

use rusqlite::{Connection, OptionalExtension, Row, params, types::ValueRef};

use crate::{
    message::Position,
    store::{Settlement, StoreError, Subscription, SubscriptionStart},
};

use super::{dead_letters, faults, head::head, processes, rows};

/// The subscription, made with the given start if it is new. One found under an alias is renamed, with its dead
/// letters.
pub(super) fn subscribe(
    connection: &Connection,
    start: &SubscriptionStart,
) -> Result<Subscription, StoreError> {
    if let Some(found) = find(connection, start.name)? {
        return Ok(found);
    }
    for alias in start.aliases {
        if let Some(found) = find(connection, alias)? {
            rename(connection, alias, start.name)
                .map_err(|error| faults::engine("rename a subscription", error))?;
            return Ok(Subscription { name: start.name.into(), ..found });
        }
    }
    begin(connection, start).map_err(|error| faults::engine("start a subscription", error))
}

fn rename(connection: &Connection, from: &str, to: &str) -> rusqlite::Result<()> {
    connection.execute(include_str!("../sql/rename_subscription.sql"), (to, from))?;
    connection.execute(include_str!("../sql/rename_dead_letters.sql"), (to, from))?;
    // Else a rebuild under the new name would not find what to drop.
    connection.execute(include_str!("../sql/rename_projection_objects.sql"), (to, from)).map(drop)
}

fn begin(connection: &Connection, start: &SubscriptionStart) -> rusqlite::Result<Subscription> {
    let position = start.position.map_or_else(|| head(connection), Ok)?;
    let sql = include_str!("../sql/start_subscription.sql");
    connection.execute(sql, (start.name, start.version, rows::number(position.get())))?;
    let (name, version, done_above) = (start.name.into(), start.version, Vec::new());
    Ok(Subscription { name, version, position, done_above, started_at: position, epoch: 0 })
}

/// The subscription, if it is known.
pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<Subscription>, StoreError> {
    let sql = include_str!("../sql/subscription.sql");
    let find = || connection.prepare_cached(sql)?.query_row([name], |row| Ok(named(row)));
    let found = find().optional().map_err(|error| faults::engine("read a subscription", error))?;
    found.transpose()
}

/// All known subscriptions.
pub(super) fn list(connection: &Connection) -> Result<Vec<Subscription>, StoreError> {
    let sql = include_str!("../sql/subscriptions.sql");
    let list = || -> rusqlite::Result<Vec<_>> {
        connection.prepare_cached(sql)?.query_map([], |row| Ok(named(row)))?.collect()
    };
    let found = list().map_err(|error| faults::engine("read the subscriptions", error))?;
    found.into_iter().collect()
}

/// A row as a subscription; if it is damaged, the error names the subscription.
fn named(row: &Row<'_>) -> Result<Subscription, StoreError> {
    subscription(row).map_err(|error| {
        let (name, what) = (rows::lossy(row, 0), rows::what(row, &error));
        faults::damaged(format!("subscription `{name}` cannot be read: {what}"), error)
    })
}

/// Moves a checkpoint; `false` if it is no longer at `from`, or the epoch no longer `epoch`.
pub(super) fn advance(
    connection: &Connection,
    name: &str,
    epoch: u64,
    from: Position,
    to: Position,
) -> Result<bool, StoreError> {
    let values = params![name, rows::number(epoch), rows::number(from.get()), rows::number(to.get())];
    let advance = || connection.prepare_cached(include_str!("sql/advance.sql"))?.execute(values);
    let count = advance().map_err(|error| faults::engine("move a checkpoint", error))?;
    Ok(count == 1)
}

/// Moves a checkpoint, and changes letters and rows of processes with it; `false`, and nothing is changed, under the same condition.
pub(super) fn settle(connection: &Connection, settlement: &Settlement) -> Result<bool, StoreError> {
    let above = settlement.done_above_as_json()?;
    let settle = || -> rusqlite::Result<bool> {
        let Settlement { name, epoch, from, to, letters, processes, .. } = settlement;
        let values =
            params![rows::number(to.get()), above, name, rows::number(*epoch), rows::number(from.get())];
        let moved = connection.prepare_cached(include_str!("../sql/settle.sql"))?.execute(values)? == 1;
        if moved {
            letters.iter().try_for_each(|change| dead_letters::settle(connection, change))?;
            processes.iter().try_for_each(|row| processes::keep(connection, row))?;
        }
        Ok(moved)
    };
    settle().map_err(|error| faults::engine("move a checkpoint", error))
}

/// Starts a subscription over as another version, at `to`, under the same condition.
pub(super) fn restart(
    connection: &Connection,
    present: &Subscription,
    version: u32,
    to: Position,
) -> Result<bool, StoreError> {
    let (epoch, from) = (rows::number(present.epoch), rows::number(present.position.get()));
    let values = params![present.name, epoch, from, version, rows::number(to.get())];
    let count = connection.execute(include_str!("sql/restart.sql"), values);
    Ok(count.map_err(|error| faults::engine("start a subscription over", error))? == 1)
}

/// A row as a subscription.
pub(super) fn subscription(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    Ok(Subscription {
        name: rows::text(row, 0)?.into(),
        version: row.get(1)?,
        position: rows::position(row, 2)?,
        started_at: rows::position(row, 3)?,
        epoch: rows::unsigned(row, 4)?,
        done_above: match row.get_ref(5)? {
            ValueRef::Null => Vec::new(),
            _ => rows::json(row, 5)?,
        },
    })
}
