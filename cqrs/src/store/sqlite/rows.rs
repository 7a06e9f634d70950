//! Rows as values.

use rusqlite::{
    OptionalExtension, Row, Statement,
    types::{Type, ValueRef},
};
use smol_str::SmolStr;
use uuid::Uuid;

use crate::{
    error_chain::chain,
    message::{CommandId, Position, StreamId, Version},
    store::{Appended, AppendedStream, CommandForm, Fingerprint, RecordedCommand, Refusal},
};

/// A command that was handled, by the statements of `find_command.sql` and `places.sql`.
pub(super) fn recorded_command(
    find_command: &mut Statement<'_>,
    places: &mut Statement<'_>,
    id: CommandId,
) -> rusqlite::Result<Option<RecordedCommand>> {
    let text = id.as_uuid().hyphenated();
    let found = find_command
        .query_row([text.encode_lower(&mut Uuid::encode_buffer()) as &str], command)
        .optional()?;
    let Some(CommandRow { name, form, first, last, refusal }) = found else { return Ok(None) };
    let appended = appended(places, first, last)?;
    if !lies_between(&appended, first, last) {
        return Err(conversion(FIRST_POSITION, EventsMissing { first, last }));
    }
    Ok(Some(RecordedCommand { id, name, form, appended, refusal }))
}

/// Where a record's first position stands in its row.
const FIRST_POSITION: usize = 4;

/// Where its refusal stands.
const REFUSAL: usize = 6;

/// Whether what was found is what the record points to; 0 and 0 stand for nothing.
fn lies_between(appended: &Appended, first: i64, last: i64) -> bool {
    let found = appended.streams.first().map_or(0, |stream| number(stream.first_position.get()));
    (found, number(appended.last_position().get())) == (first, last)
}

/// A record of a command points to what is not there.
#[derive(Debug, thiserror::Error)]
#[error("the events at positions {first} to {last}, which are said to answer it, are not there")]
struct EventsMissing {
    first: i64,
    last: i64,
}

/// What was appended between two positions: the events of one append are next to each other, and among them those
/// of one stream.
fn appended(places: &mut Statement<'_>, first: i64, last: i64) -> rusqlite::Result<Appended> {
    let mut streams: Vec<AppendedStream> = Vec::new();
    let mut rows = places.query((first, last))?;
    while let Some(row) = rows.next()? {
        let stream = StreamId::new(small(row, 1)?, small(row, 2)?);
        let (position, version) = (position(row, 0)?, version(row, 3)?);
        match streams.last_mut() {
            Some(same) if same.stream == stream => {
                (same.last_version, same.last_position) = (version, position);
            }
            _ => streams.push(AppendedStream {
                stream,
                first_version: version,
                last_version: version,
                first_position: position,
                last_position: position,
            }),
        }
    }
    Ok(Appended { streams })
}

/// The row of a command.
pub(super) struct CommandRow {
    name: SmolStr,
    form: Option<CommandForm>,
    /// The positions of its first and its last event.
    first: i64,
    last: i64,
    refusal: Option<Refusal>,
}

/// A row as a command.
pub(super) fn command(row: &Row<'_>) -> rusqlite::Result<CommandRow> {
    let place = |index| unsigned(row, index).map(number);
    let (name, form) = (small(row, 0)?, form(row)?);
    let (first, last) = (place(FIRST_POSITION)?, place(FIRST_POSITION + 1)?);
    let refused = row.get_ref(REFUSAL)? != ValueRef::Null;
    let refusal = refused.then(|| json(row, REFUSAL)).transpose()?;
    Ok(CommandRow { name, form, first, last, refusal })
}

/// The form of a command; release 0.1.0 kept none.
fn form(row: &Row<'_>) -> rusqlite::Result<Option<CommandForm>> {
    let Some(version) = row.get::<_, Option<u32>>(1)? else { return Ok(None) };
    let digest = row.get::<_, Option<[u8; 16]>>(3)?.map(Fingerprint::from_bytes);
    Ok(Some(CommandForm { version, shape: row.get::<_, i64>(2)?.cast_unsigned(), digest }))
}

/// What a column holds, as far as it can be said: for finding a row that cannot be read.
pub(super) fn lossy(row: &Row<'_>, index: usize) -> String {
    match row.get_ref(index) {
        Ok(ValueRef::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(value) => format!("a value of type {}", value.data_type()),
        Err(error) => error.to_string(),
    }
}

/// What is wrong with a row, with the name of the column.
pub(super) fn what(row: &Row<'_>, error: &rusqlite::Error) -> String {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    let (FromSqlConversionFailure(index, ..)
    | IntegralValueOutOfRange(index, _)
    | InvalidColumnType(index, ..)) = error
    else {
        return chain(error);
    };
    match row.as_ref().column_name(*index) {
        Ok(name) => format!("column `{name}`: {}", chain(error)),
        Err(_) => chain(error),
    }
}

/// A short text.
pub(super) fn small(row: &Row<'_>, index: usize) -> rusqlite::Result<SmolStr> {
    Ok(text(row, index)?.into())
}

/// A text as it lies in the row. Unlike the driver's own conversion, an error of this one knows the column.
pub(super) fn text<'a>(row: &'a Row<'_>, index: usize) -> rusqlite::Result<&'a str> {
    row.get_ref(index)?.as_str().map_err(|error| conversion(index, error))
}

/// A number that is never below zero.
pub(super) fn unsigned(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(index)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, number))
}

/// A position.
pub(super) fn position(row: &Row<'_>, index: usize) -> rusqlite::Result<Position> {
    unsigned(row, index).map(Position::new)
}

/// A version.
pub(super) fn version(row: &Row<'_>, index: usize) -> rusqlite::Result<Version> {
    unsigned(row, index).map(Version::new)
}

/// A value with a text form.
pub(super) fn parsed<T>(row: &Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    text(row, index)?.parse().map_err(|error| conversion(index, error))
}

/// A value that stands in a column by its name.
pub(super) fn named<T, E>(row: &Row<'_>, index: usize, named: fn(&str) -> Result<T, E>) -> rusqlite::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    named(text(row, index)?).map_err(|error| conversion(index, error))
}

/// A value whose stored form is JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    crate::json::decode(text(row, index)?).map_err(|error| conversion(index, error))
}

/// An error about what a column holds.
pub(super) fn conversion(
    index: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, Box::new(error))
}

/// A position as SQLite's number; one beyond its range is beyond every event.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
