//! Events a subscription could not handle, and those that wait behind them.

use rusqlite::{Connection, Params, Row, ToSql, params};

use crate::{
    message::StreamId,
    store::{DeadLetter, DeadLetterKey, DeadLetterQuery, DeadLetterState, StoreError},
};

use super::{faults, rows, time};

/// Keeps a dead letter; one that is there already stays, renewed if it failed again.
pub(super) fn park(connection: &Connection, letter: &DeadLetter) -> Result<(), StoreError> {
    let values = params![
        letter.key.handler,
        letter.key.stream.category(),
        letter.key.stream.key(),
        rows::number(letter.key.position.get()),
        rows::number(letter.version.get()),
        state_name(letter.state),
        letter.attempts,
        letter.error,
        time::text(letter.time),
    ];
    let park = || connection.prepare_cached(include_str!("sql/park.sql"))?.execute(values);
    park().map(drop).map_err(|error| faults::engine("keep a dead letter", error))
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
    let values = params![query.handler, query.state.map(state_name), category, key, position, limit];
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
/// handled now.
pub(super) fn remove(connection: &Connection, key: &DeadLetterKey) -> Result<bool, StoreError> {
    let removed = change(connection, include_str!("../sql/remove_dead_letter.sql"), key)?;
    if removed {
        change(connection, include_str!("../sql/wake_next_dead_letter.sql"), key)?;
    }
    Ok(removed)
}

fn change(connection: &Connection, sql: &'static str, key: &DeadLetterKey) -> Result<bool, StoreError> {
    let position = rows::number(key.position.get());
    let values: [&dyn ToSql; 4] = [&key.handler, &key.stream.category(), &key.stream.key(), &position];
    let change = || connection.prepare_cached(sql)?.execute(values);
    Ok(change().map_err(|error| faults::engine("change a dead letter", error))? > 0)
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
        state: state(row, 5)?,
        attempts: row.get(6)?,
        error: rows::text(row, 7)?.into(),
        time: rows::parsed(row, 8)?,
    })
}

fn state_name(state: DeadLetterState) -> &'static str {
    match state {
        DeadLetterState::Failed => "failed",
        DeadLetterState::Queued => "queued",
        DeadLetterState::Retrying => "retrying",
    }
}

fn state(row: &Row<'_>, index: usize) -> rusqlite::Result<DeadLetterState> {
    match rows::text(row, index)? {
        "failed" => Ok(DeadLetterState::Failed),
        "queued" => Ok(DeadLetterState::Queued),
        "retrying" => Ok(DeadLetterState::Retrying),
        other => Err(rows::conversion(index, UnknownState(other.into()))),
    }
}

/// A state that no version of this library writes.
#[derive(Debug, thiserror::Error)]
#[error("a dead letter has the unknown state `{0}`")]
struct UnknownState(String);
