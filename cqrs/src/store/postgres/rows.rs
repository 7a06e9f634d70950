//! Rows as values.

use std::borrow::Cow;

use sqlx::{Column, Row, ValueRef, postgres::PgRow};
use uuid::Uuid;

use crate::{
    error_chain::chain,
    message::{Position, Version},
    store::Fingerprint,
};

/// A number as PostgreSQL's; one beyond its range is beyond every event.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that is never below zero, of a column `bigint`: PostgreSQL sends its 8 bytes.
#[inline]
pub(super) fn unsigned(row: &PgRow, index: usize) -> sqlx::Result<u64> {
    let bytes = bytes(row, index)?.try_into().map_err(|error| damage(index, error))?;
    u64::try_from(i64::from_be_bytes(bytes)).map_err(|error| damage(index, error))
}

/// A number that is counted from 1.
#[inline]
pub(super) fn counted(row: &PgRow, index: usize) -> sqlx::Result<u64> {
    match unsigned(row, index)? {
        0 => Err(damage(index, Uncounted)),
        number => Ok(number),
    }
}

/// Positions and versions begin with 1.
#[derive(Debug, thiserror::Error)]
#[error("the number 0, and it is counted from 1")]
struct Uncounted;

/// A position.
#[inline]
pub(super) fn position(row: &PgRow, index: usize) -> sqlx::Result<Position> {
    unsigned(row, index).map(Position::new)
}

/// A version.
#[inline]
pub(super) fn version(row: &PgRow, index: usize) -> sqlx::Result<Version> {
    unsigned(row, index).map(Version::new)
}

/// A smaller number that is never below zero.
#[inline]
pub(super) fn small(row: &PgRow, index: usize) -> sqlx::Result<u32> {
    u32::try_from(unsigned(row, index)?).map_err(|error| damage(index, error))
}

/// An id: PostgreSQL sends its 16 bytes.
pub(super) fn id(row: &PgRow, index: usize) -> sqlx::Result<Uuid> {
    Uuid::from_slice(bytes(row, index)?).map_err(|error| damage(index, error))
}

/// What PostgreSQL sent. The types of the columns are the schema's: they need not be compared for each row.
#[inline]
pub(super) fn bytes(row: &PgRow, index: usize) -> sqlx::Result<&[u8]> {
    let sent = row.try_get_raw(index)?.as_bytes();
    sent.map_err(|source| sqlx::Error::ColumnDecode { index: index.to_string(), source })
}

/// The same, where there may be none.
pub(super) fn optional_bytes(row: &PgRow, index: usize) -> sqlx::Result<Option<&[u8]>> {
    if row.try_get_raw(index)?.is_null() { Ok(None) } else { bytes(row, index).map(Some) }
}

/// Text, as it lies in the row: PostgreSQL sends a `json` value, too, as it is stored.
#[inline]
pub(super) fn text(row: &PgRow, index: usize) -> sqlx::Result<&str> {
    std::str::from_utf8(bytes(row, index)?).map_err(|error| damage(index, error))
}

/// A text as it can be kept: the server refuses a NUL in it.
pub(super) fn kept(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// A digest of 16 bytes.
pub(super) fn fingerprint(row: &PgRow, index: usize) -> sqlx::Result<Fingerprint> {
    let bytes: &[u8] = row.try_get(index)?;
    bytes.try_into().map(Fingerprint::from_bytes).map_err(|error| damage(index, error))
}

/// A value with a text form.
pub(super) fn parsed<T>(row: &PgRow, index: usize) -> sqlx::Result<T>
where
    T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    row.try_get::<&str, _>(index)?.parse().map_err(|error| damage(index, error))
}

/// A value that stands in a column by its name.
pub(super) fn named<T, E>(row: &PgRow, index: usize, named: fn(&str) -> Result<T, E>) -> sqlx::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
{
    named(row.try_get(index)?).map_err(|error| damage(index, error))
}

/// A value whose stored form is JSON.
pub(super) fn decoded<T: serde::de::DeserializeOwned>(row: &PgRow, index: usize) -> sqlx::Result<T> {
    crate::json::decode(text(row, index)?).map_err(|error| damage(index, error))
}

/// An error about what a column holds.
pub(super) fn damage(index: usize, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: index.to_string(), source: Box::new(error) }
}

/// The column that an error is about, by its name, and what is wrong with it.
pub(super) fn damaged_column<'a>(row: &'a PgRow, error: &sqlx::Error) -> (&'a str, String) {
    let sqlx::Error::ColumnDecode { index, source } = error else { return ("?", chain(error)) };
    let number = index.parse().ok();
    let name = number.and_then(|index: usize| row.columns().get(index)).map_or("?", Column::name);
    match number.map(|index| row.try_get::<Option<i64>, _>(index)) {
        Some(Ok(Some(number))) => (name, format!("the number {number}")),
        _ => (name, chain(&**source)),
    }
}

/// What is wrong with a row, with the name of the column.
pub(super) fn what(row: &PgRow, error: &sqlx::Error) -> String {
    let (column, found) = damaged_column(row, error);
    format!("column `{column}`: {found}")
}

/// An error about a row that cannot be read, which says which it is.
#[cold]
pub(super) fn unreadable(which: &str, row: &PgRow, error: sqlx::Error) -> sqlx::Error {
    let what = format!("{which} cannot be read: {}", what(row, &error));
    sqlx::Error::Decode(Box::new(Unreadable { what, source: error }))
}

/// A row that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(super) struct Unreadable {
    what: String,
    source: sqlx::Error,
}
