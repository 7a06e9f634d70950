//! Events a subscription could not handle, and those that wait behind them.

use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{
    message::StreamId,
    store::{DeadLetter, DeadLetterKey, DeadLetterQuery, DeadLetterState, LetterChange, LetterQueue},
};

use super::{rows, time};

/// Keeps a dead letter; one that is there already stays, renewed if it failed again. It is to happen in a transaction.
pub(super) async fn park(connection: &mut PgConnection, letter: &DeadLetter) -> sqlx::Result<()> {
    lock(connection, &letter.key).await?;
    enter(connection, include_str!("sql/park.sql"), letter).await
}

/// Changes a letter as the owner of the lease says.
pub(super) async fn settle(connection: &mut PgConnection, change: &LetterChange) -> sqlx::Result<()> {
    match change {
        LetterChange::Keep(letter) => enter(connection, include_str!("../sql/keep_letter.sql"), letter).await,
        LetterChange::Remove(key) => {
            self::change(connection, include_str!("../sql/remove_dead_letter.sql"), key).await.map(drop)
        }
    }
}

async fn enter(connection: &mut PgConnection, sql: &'static str, letter: &DeadLetter) -> sqlx::Result<()> {
    let enter = sqlx::query(sql)
        .bind(&letter.key.handler)
        .bind(letter.key.stream.category())
        .bind(letter.key.stream.key())
        .bind(rows::number(letter.key.position.get()))
        .bind(rows::number(letter.version.get()))
        .bind(letter.state.as_str())
        .bind(i64::from(letter.attempts))
        .bind(rows::kept(&letter.error))
        .bind(time::text(letter.time))
        .bind(letter.retry_at.map(time::text))
        .bind(letter.queue.as_str());
    enter.execute(connection).await.map(drop)
}

/// The dead letters of a subscription, by stream and position.
pub(super) async fn list(connection: &mut PgConnection, handler: &str) -> sqlx::Result<Vec<DeadLetter>> {
    let list = sqlx::query(include_str!("sql/dead_letters.sql")).bind(handler);
    let named = |found: &PgRow| letter(found).map_err(|error| unreadable(found, error));
    list.fetch_all(connection).await?.iter().map(named).collect()
}

/// The first dead letters that a query wants.
pub(super) async fn page(
    connection: &mut PgConnection,
    query: &DeadLetterQuery,
    limit: usize,
) -> sqlx::Result<Vec<DeadLetter>> {
    let (category, key, position) = match &query.after {
        Some((stream, position)) => (stream.category(), stream.key(), rows::number(position.get())),
        None => ("", "", -1),
    };
    let page = sqlx::query(include_str!("sql/dead_letter_page.sql"))
        .bind(&query.handler)
        .bind(query.state.map(DeadLetterState::as_str))
        .bind(category)
        .bind(key)
        .bind(position)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let named = |found: &PgRow| letter(found).map_err(|error| unreadable(found, error));
    page.fetch_all(connection).await?.iter().map(named).collect()
}

/// How many dead letters a subscription has.
pub(super) async fn count(connection: &mut PgConnection, handler: &str) -> sqlx::Result<u64> {
    let count = sqlx::query(include_str!("../sql/count_dead_letters.sql")).bind(handler);
    rows::unsigned(&count.fetch_one(connection).await?, 0)
}

/// Asks for a dead letter to be handled again; `false` if there is none.
pub(super) async fn retry(connection: &mut PgConnection, key: &DeadLetterKey) -> sqlx::Result<bool> {
    change(connection, include_str!("../sql/retry_dead_letter.sql"), key).await
}

/// Removes a dead letter; `false` if there is none. If it was the first of its stream, the next one is to be handled
/// now. One whose queue is in the log stays, for its owner to see. It is to happen in a transaction.
pub(super) async fn remove(connection: &mut PgConnection, key: &DeadLetterKey) -> sqlx::Result<bool> {
    lock(connection, key).await?;
    if change(connection, include_str!("../sql/resume_dead_letter.sql"), key).await? {
        return Ok(true);
    }
    let removed = change(connection, include_str!("../sql/remove_dead_letter.sql"), key).await?;
    if removed {
        change(connection, include_str!("../sql/wake_next_dead_letter.sql"), key).await?;
    }
    Ok(removed)
}

/// Keeps others from the letters of a stream until the transaction ends, so that none is queued behind one that is
/// removed at the same time.
async fn lock(connection: &mut PgConnection, key: &DeadLetterKey) -> sqlx::Result<()> {
    let lock = sqlx::query(include_str!("sql/lock_dead_letters.sql"));
    let lock = lock.bind(&key.handler).bind(key.stream.category()).bind(key.stream.key());
    lock.execute(connection).await.map(drop)
}

async fn change(connection: &mut PgConnection, sql: &'static str, key: &DeadLetterKey) -> sqlx::Result<bool> {
    let change = sqlx::query(sql).bind(&key.handler).bind(key.stream.category()).bind(key.stream.key());
    let changed = change.bind(rows::number(key.position.get())).execute(connection).await?;
    Ok(changed.rows_affected() > 0)
}

#[cold]
fn unreadable(row: &PgRow, error: sqlx::Error) -> sqlx::Error {
    rows::unreadable(&format!("the dead letter {}", row.try_get(11).unwrap_or("?")), row, error)
}

/// A row as a dead letter.
pub(super) fn letter(row: &PgRow) -> sqlx::Result<DeadLetter> {
    let stream = StreamId::new(row.try_get::<&str, _>(1)?, row.try_get::<&str, _>(2)?);
    Ok(DeadLetter {
        key: DeadLetterKey { handler: row.try_get(0)?, stream, position: rows::position(row, 3)? },
        version: rows::version(row, 4)?,
        state: rows::named(row, 5, DeadLetterState::named)?,
        attempts: rows::small(row, 6)?,
        error: row.try_get(7)?,
        time: rows::parsed(row, 8)?,
        retry_at: match row.try_get::<Option<&str>, _>(9)? {
            None => None,
            Some(_) => Some(rows::parsed(row, 9)?),
        },
        queue: rows::named(row, 10, LetterQueue::named)?,
    })
}
