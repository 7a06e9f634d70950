//! Events a subscription could not handle, and those that wait behind them.

use rusqlite::{Connection, Params, Row, ToSql, params, types::ValueRef};

use crate::{
    message::StreamId,
    store::{
        DeadLetter, DeadLetterKey, DeadLetterQuery, DeadLetterState, LetterChange, LetterQueue, StoreError,
    },
};

use super::{faults, rows, time};

/// Keeps a dead letter; one that is there already stays, renewed if it failed again.
pub(super) fn park(connection: &Connection, letter: &DeadLetter) -> Result<(), StoreError> {
    enter(connection, include_str!("sql/park.sql"), letter)
        .map_err(|error| faults::engine("keep a dead letter", error))
}

/// Changes a letter as the owner of the lease says.
pub(super) fn settle(connection: &Connection, change: &LetterChange) -> rusqlite::Result<()> {
    match change {
        LetterChange::Keep(letter) => enter(connection, include_str!("../sql/keep_letter.sql"), letter),
        LetterChange::Remove(key) => {
            execute(connection, include_str!("../sql/remove_dead_letter.sql"), key).map(drop)
        }
    }
}

fn enter(connection: &Connection, sql: &'static str, letter: &DeadLetter) -> rusqlite::Result<()> {
    let values = params![
        letter.key.handler,
        letter.key.stream.category(),
        letter.key.stream.key(),
        rows::number(letter.key.position.get()),
        rows::number(letter.version.get()),
        letter.state.as_str(),
        letter.attempts,
        letter.error,
        time::text(letter.time),
        letter.retry_at.map(time::text),
        letter.queue.as_str(),
    ];
    connection.prepare_cached(sql)?.execute(values).map(drop)
}

/// The dead letters of a subscription, by stream and position.
pub(super) fn list(connection: &Connection, handler: &str) -> Result<Vec<DeadLetter>, StoreError> {
    read(connection, include_str!("sql/dead_letters.sql"), [handler])
}

/// The first dead letters that a query wants.
pub(super) fn page(
    connection: &Connection,
    query: &DeadLetterQuery,
    limit: usize,
) -> Result<Vec<DeadLetter>, StoreError> {
    let (category, key, position) = match &query.after {
        Some((stream, position)) => (stream.category(), stream.key(), rows::number(position.get())),
        None => ("", "", -1),
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values =
        params![query.handler, query.state.map(DeadLetterState::as_str), category, key, position, limit];
    read(connection, include_str!("sql/dead_letter_page.sql"), values)
}

fn read(
    connection: &Connection,
    sql: &'static str,
    values: impl Params,
) -> Result<Vec<DeadLetter>, StoreError> {
    let list = || {
        let mut statement = connection.prepare_cached(sql)?;
        let (mut rows, mut letters) = (statement.query(values)?, Vec::new());
        while let Some(row) = rows.next()? {
            letters.push(letter(row).map_err(|error| unreadable(row, error)));
        }
        Ok(letters)
    };
    let letters = list().map_err(|error| faults::engine("read dead letters", error))?;
    letters.into_iter().collect()
}

/// How many dead letters a subscription has.
pub(super) fn count(connection: &Connection, handler: &str) -> Result<u64, StoreError> {
    let count = || {
        let mut statement = connection.prepare_cached(include_str!("../sql/count_dead_letters.sql"))?;
        statement.query_one([handler], |row| rows::unsigned(row, 0))
    };
    count().map_err(|error| faults::engine("count dead letters", error))
}

/// Asks for a dead letter to be handled again; `false` if there is none.
pub(super) fn retry(connection: &Connection, key: &DeadLetterKey) -> Result<bool, StoreError> {
    change(connection, include_str!("../sql/retry_dead_letter.sql"), key)
}

/// Removes a dead letter; `false` if there is none. If it was the first of its stream, the next one is to be
/// handled now. One whose queue is in the log stays, for its owner to see.
pub(super) fn remove(connection: &Connection, key: &DeadLetterKey) -> Result<bool, StoreError> {
    if change(connection, include_str!("../sql/resume_dead_letter.sql"), key)? {
        return Ok(true);
    }
    let removed = change(connection, include_str!("../sql/remove_dead_letter.sql"), key)?;
    if removed {
        change(connection, include_str!("../sql/wake_next_dead_letter.sql"), key)?;
    }
    Ok(removed)
}

fn change(connection: &Connection, sql: &'static str, key: &DeadLetterKey) -> Result<bool, StoreError> {
    execute(connection, sql, key).map_err(|error| faults::engine("change a dead letter", error))
}

fn execute(connection: &Connection, sql: &'static str, key: &DeadLetterKey) -> rusqlite::Result<bool> {
    let position = rows::number(key.position.get());
    let values: [&dyn ToSql; 4] = [&key.handler, &key.stream.category(), &key.stream.key(), &position];
    Ok(connection.prepare_cached(sql)?.execute(values)? > 0)
}

/// Which letter it is, and why it cannot be read.
#[cold]
fn unreadable(row: &Row<'_>, error: rusqlite::Error) -> StoreError {
    let what = format!("the dead letter {} cannot be read: {}", name(row), rows::what(row, &error));
    faults::damaged(what, error)
}

/// What a letter is found by.
pub(super) fn name(row: &Row<'_>) -> String {
    let [handler, category, key, position] = [0, 1, 2, 3].map(|index| rows::lossy(row, index));
    format!("of `{handler}` for the event of stream {category}/{key} at position {position}")
}

/// A row as a dead letter.
pub(super) fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    let stream = StreamId::new(rows::small(row, 1)?, rows::small(row, 2)?);
    Ok(DeadLetter {
        key: DeadLetterKey { handler: rows::text(row, 0)?.into(), stream, position: rows::position(row, 3)? },
        version: rows::version(row, 4)?,
        state: rows::named(row, 5, DeadLetterState::named)?,
        attempts: row.get(6)?,
        error: rows::text(row, 7)?.into(),
        time: rows::parsed(row, 8)?,
        retry_at: match row.get_ref(9)? {
            ValueRef::Null => None,
            _ => Some(rows::parsed(row, 9)?),
        },
        queue: rows::named(row, 10, LetterQueue::named)?,
    })
}
