//! Checkpoints.

use std::slice;

use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{
    message::Position,
    store::{Settlement, Subscription, SubscriptionStart},
};

use super::{dead_letters, processes, rows};

/// The subscription, made with the given start if it is new, after `head` if it says none. One found under an alias
/// is renamed, with its dead letters.
///
/// Invariant: it runs in a transaction, which holds a lock until its end; so of several processes that start the same
/// subscription at once one makes or renames it, and the others find it.
pub(super) async fn subscribe(
    connection: &mut PgConnection,
    start: &SubscriptionStart,
    head: Position,
) -> sqlx::Result<Subscription> {
    lock(connection).await?;
    if let Some(found) = find(connection, start.name).await? {
        return Ok(found);
    }
    for alias in start.aliases {
        if let Some(found) = find(connection, alias).await? {
            rename(connection, alias, start.name).await?;
            return Ok(Subscription { name: start.name.into(), ..found });
        }
    }
    begin(connection, start.name, start.version, start.position.unwrap_or(head)).await
}

/// Whether there is such a subscription, by whatever name.
pub(super) async fn knows(connection: &mut PgConnection, start: &SubscriptionStart) -> sqlx::Result<bool> {
    for name in std::iter::once(&start.name).chain(start.aliases) {
        if find(connection, name).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps others from beginning or renaming a subscription until the transaction ends.
pub(super) async fn lock(connection: &mut PgConnection) -> sqlx::Result<()> {
    let lock =
        "SELECT pg_advisory_xact_lock(hashtextextended('subscribe', 'subscriptions'::regclass::oid::bigint))";
    sqlx::query(lock).execute(connection).await.map(drop)
}

async fn rename(connection: &mut PgConnection, from: &str, to: &str) -> sqlx::Result<()> {
    let parts = [
        include_str!("../sql/rename_subscription.sql"),
        include_str!("../sql/rename_dead_letters.sql"),
        // Else a rebuild under the new name would not find what to drop.
        include_str!("../sql/rename_projection_objects.sql"),
        include_str!("sql/rename_partitions.sql"),
    ];
    for sql in parts {
        sqlx::query(sql).bind(to).bind(from).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Makes a subscription.
pub(super) async fn begin(
    connection: &mut PgConnection,
    name: &str,
    version: u32,
    position: Position,
) -> sqlx::Result<Subscription> {
    let begin = sqlx::query(include_str!("../sql/start_subscription.sql"));
    let begin = begin.bind(name).bind(i64::from(version)).bind(rows::number(position.get()));
    begin.execute(connection).await?;
    let done_above = Vec::new();
    Ok(Subscription { name: name.into(), version, position, done_above, started_at: position, epoch: 0 })
}

/// Puts the checkpoint and the dead letters of one subscription in the place of those of another, whose row stays: who
/// waits for it finds it changed.
pub(super) async fn replace(connection: &mut PgConnection, name: &str, by: &str) -> sqlx::Result<()> {
    sqlx::query(include_str!("sql/forget_dead_letters.sql")).bind(name).execute(&mut *connection).await?;
    let parts = [
        include_str!("sql/replace_subscription.sql"),
        include_str!("../sql/rename_dead_letters.sql"),
        include_str!("../sql/rename_projection_objects.sql"),
    ];
    for sql in parts {
        sqlx::query(sql).bind(name).bind(by).execute(&mut *connection).await?;
    }
    forget(connection, by).await
}

/// Starts a subscription over as another version, at the first event and without dead letters.
pub(super) async fn restart(connection: &mut PgConnection, name: &str, version: u32) -> sqlx::Result<()> {
    let forget = sqlx::query(include_str!("sql/forget_dead_letters.sql")).bind(name);
    forget.execute(&mut *connection).await?;
    let restart = sqlx::query(include_str!("sql/restart.sql")).bind(name).bind(i64::from(version));
    restart.execute(connection).await.map(drop)
}

/// Removes a subscription with its dead letters.
pub(super) async fn forget(connection: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    for sql in [include_str!("sql/forget_dead_letters.sql"), include_str!("sql/forget_subscription.sql")] {
        sqlx::query(sql).bind(name).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The subscription, if it is known.
pub(super) async fn find(connection: &mut PgConnection, name: &str) -> sqlx::Result<Option<Subscription>> {
    let find = sqlx::query(include_str!("../sql/subscription.sql")).bind(name);
    find.fetch_optional(connection).await?.as_ref().map(row).transpose()
}

/// All known subscriptions.
pub(super) async fn list(connection: &mut PgConnection) -> sqlx::Result<Vec<Subscription>> {
    let list = sqlx::query(include_str!("../sql/subscriptions.sql"));
    list.fetch_all(connection).await?.iter().map(row).collect()
}

/// Moves a checkpoint, and changes letters and rows of processes with it, which is to happen in a transaction; `false`, and nothing
/// is changed, if it is no longer where the settlement says, or its epoch is another.
pub(super) async fn settle(
    connection: &mut PgConnection,
    settlement: &Settlement,
    done_above: Option<&str>,
) -> sqlx::Result<bool> {
    let moved = if settlement.processes.is_empty() {
        advance(connection, settlement, done_above).await?
    } else {
        let moved =
            processes::advance_all(&mut *connection, slice::from_ref(settlement), &[done_above]).await?;
        !moved.is_empty()
    };
    if moved {
        for change in &settlement.letters {
            dead_letters::settle(connection, change).await?;
        }
    }
    Ok(moved)
}

async fn advance(
    connection: &mut PgConnection,
    settlement: &Settlement,
    done_above: Option<&str>,
) -> sqlx::Result<bool> {
    let advance = sqlx::query(include_str!("../sql/settle.sql"))
        .bind(rows::number(settlement.to.get()))
        .bind(done_above)
        .bind(&settlement.name)
        .bind(rows::number(settlement.epoch))
        .bind(rows::number(settlement.from.get()));
    Ok(advance.execute(connection).await?.rows_affected() == 1)
}

/// A row of the table `subscriptions`; an error says of which subscription.
pub(super) fn row(row: &PgRow) -> sqlx::Result<Subscription> {
    subscription(row).map_err(|error| {
        let name = row.try_get(0).unwrap_or("?");
        rows::unreadable(&format!("the checkpoint of subscription `{name}`"), row, error)
    })
}

/// A row of the table `subscriptions`.
pub(super) fn subscription(row: &PgRow) -> sqlx::Result<Subscription> {
    Ok(Subscription {
        name: row.try_get(0)?,
        version: rows::small(row, 1)?,
        position: rows::position(row, 2)?,
        started_at: rows::position(row, 3)?,
        epoch: rows::unsigned(row, 4)?,
        done_above: match row.try_get::<Option<&str>, _>(5)? {
            None => Vec::new(),
            Some(_) => rows::decoded(row, 5)?,
        },
    })
}
