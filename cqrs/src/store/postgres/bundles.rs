//! Long streams: many events to a row.
//!
//! A row costs the server, and this side even more, than the few bytes that a fold takes of an event. So after the first events
//! of a stream, which is all that most have, the server strings together what a stretch of versions holds.
//!
//! Invariant: a bundle is shown only if it is whole. The versions of a stream are unique; so `count` of them from the next one
//! on, of which the last is as many further, are these, without a gap. What stands between two pieces is in no JSON text, and a
//! name that has it makes a piece too many. What is not whole is read again row by row, from where the last bundle ended: there
//! it is found what is wrong, and told as ever.

use sqlx::{Postgres, postgres::PgArguments, postgres::PgRow, query::Query};
use uuid::Uuid;

use crate::{
    event::{StoredEvent, StoredMetadata},
    message::{Position, StreamId, Version},
    store::EventQuery,
};

use super::rows;

/// How many events are read row by row before.
pub(super) const FIRST: usize = 200;

/// How many versions a bundle has.
const BUNDLE: usize = 200;

/// How many bytes the first contents may have together: with larger ones the rows do not matter, and a bundle grows long.
pub(super) const SMALL: usize = FIRST * 4_096;

/// What stands between two names, and between two contents.
const BETWEEN: char = '\u{1}';

/// Whether nothing is wanted but the contents of a stream, to its end.
pub(super) fn fits(query: &EventQuery) -> bool {
    let &EventQuery { ref stream, after_version, after, contents_only, .. } = query;
    let plain =
        EventQuery { stream: stream.clone(), after_version, after, contents_only, ..EventQuery::default() };
    stream.is_some() && contents_only && *query == plain
}

/// How many of so many events come in bundles.
pub(super) fn bundled(events: usize) -> usize {
    events - events % BUNDLE
}

/// The statement that bundles so many versions. Their positions are later than any that the query names: those before them were.
pub(super) fn select(stream: &StreamId, after: Version, events: usize) -> Query<'_, Postgres, PgArguments> {
    let first = after.next().get();
    sqlx::query(include_str!("sql/read_bundles.sql"))
        .bind(stream.category())
        .bind(stream.key())
        .bind(rows::number(first))
        .bind(rows::number(first.saturating_add(bundled(events) as u64 - 1)))
        .bind(i64::try_from(BUNDLE).unwrap_or(i64::MAX))
}

/// A bundle that is whole.
pub(super) struct Bundle<'a> {
    /// The last version that the stream has.
    pub(super) head: Version,
    first: u64,
    positions: &'a [u8],
    /// Version and schema version of each event whose schema version is not 1.
    newer: &'a [u8],
    names: &'a str,
    contents: &'a str,
}

impl<'a> Bundle<'a> {
    /// What a row holds, if it is whole and begins after this version.
    pub(super) fn of(row: &'a PgRow, after: Version) -> sqlx::Result<Option<Self>> {
        let count = usize::try_from(rows::unsigned(row, 0)?).unwrap_or(usize::MAX);
        if count == 0 || count > BUNDLE {
            return Ok(None);
        }
        let (last, positions) = (rows::unsigned(row, 1)?, rows::bytes(row, 2)?);
        let newer = rows::optional_bytes(row, 3)?.unwrap_or_default();
        let (names, contents) = (rows::text(row, 4)?, rows::text(row, 5)?);
        let first = after.next().get();
        let whole = last == after.get() + count as u64
            && positions.len() == count * 8
            && [names, contents].iter().all(|text| pieces(text) == count);
        let head = rows::version(row, 6)?;
        Ok(whole.then_some(Self { head, first, positions, newer, names, contents }))
    }

    /// Its events, in order, as those of this stream; `None` in place of one whose numbers cannot be.
    pub(super) fn events(self, stream: &'a StreamId) -> impl Iterator<Item = Option<StoredEvent<'a>>> {
        let Self { first, positions, mut newer, names, contents, .. } = self;
        let places = positions.chunks_exact(8).zip(first..);
        let texts = names.split(BETWEEN).zip(contents.split(BETWEEN));
        places.zip(texts).map(move |((position, version), (name, payload))| {
            let position = number(position).filter(|position| *position > 0)?;
            let schema_version = match newer.split_at_checked(16) {
                Some((pair, rest)) if number(&pair[..8]) == Some(version) => {
                    newer = rest;
                    u32::try_from(number(&pair[8..])?).ok()?
                }
                _ => 1,
            };
            Some(StoredEvent {
                position: Position::new(position),
                version: Version::new(version),
                name,
                schema_version,
                payload,
                id: Uuid::nil().into(),
                metadata: StoredMetadata::LeftOut,
                category: stream.category(),
                key: stream.key(),
            })
        })
    }
}

/// Whether a bundle is more than the server can hold: the contents may become larger than the first were.
pub(super) fn is_too_much(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == "53200" || code == "54000")
}

fn pieces(text: &str) -> usize {
    text.bytes().filter(|byte| char::from(*byte) == BETWEEN).count() + 1
}

/// A `bigint`, as PostgreSQL sends it, that is not below zero.
fn number(bytes: &[u8]) -> Option<u64> {
    u64::try_from(i64::from_be_bytes(bytes.try_into().ok()?)).ok()
}
