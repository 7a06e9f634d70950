//! Rows as values.

use rusqlite::{OptionalExtension, Row, Statement, types::Type};
use smol_str::SmolStr;
use uuid::Uuid;

use crate::{
    message::{CommandId, Position, StreamId, Version},
    store::{Appended, AppendedStream, CommandClaim, Fingerprint, RecordedCommand},
};

/// A command that was handled, by the statements of `find_command.sql` and `places.sql`.
pub(super) fn recorded_command(
    find_command: &mut Statement<'_>,
    places: &mut Statement<'_>,
    id: CommandId,
) -> rusqlite::Result<Option<RecordedCommand>> {
    let text = id.as_uuid().hyphenated();
    let found = find_command
        .query_row([text.encode_lower(&mut Uuid::encode_buffer()) as &str], |row| {
            let claim = CommandClaim { id, name: small(row, 0)?, fingerprint: fingerprint(row, 1)? };
            Ok((claim, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })
        .optional()?;
    let Some((claim, first, last)) = found else { return Ok(None) };
    Ok(Some(RecordedCommand { claim, appended: appended(places, first, last)? }))
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

fn fingerprint(row: &Row<'_>, index: usize) -> rusqlite::Result<Fingerprint> {
    row.get(index).map(Fingerprint::from_bytes)
}

/// A short text.
pub(super) fn small(row: &Row<'_>, index: usize) -> rusqlite::Result<SmolStr> {
    Ok(row.get_ref(index)?.as_str()?.into())
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
    row.get_ref(index)?.as_str()?.parse().map_err(|error| conversion(index, error))
}

/// A value whose stored form is JSON.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(index)?.as_str()?).map_err(|error| conversion(index, error))
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
