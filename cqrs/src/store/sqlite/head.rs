//! How far the log has come.

use rusqlite::{Connection, OptionalExtension};

use crate::message::Position;

use super::rows;

/// Whether the greatest position was given: SQLite says that the file is full when another is asked for.
pub(super) fn is_exhausted(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(include_str!("sql/last_position_given.sql"), [], |row| {
        Ok(row.get::<_, i64>(0)? == i64::MAX)
    })
}

/// The position of the last event.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Position> {
    let mut statement = connection.prepare_cached(include_str!("sql/head.sql"))?;
    let found = statement.query_row([], |row| rows::position(row, 0)).optional()?;
    Ok(found.unwrap_or(Position::START))
}
