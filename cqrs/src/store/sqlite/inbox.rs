//! How far each listener of an event bus has come.

use futures_util::future::BoxFuture;
use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    message::{StreamId, Version},
    store::{InboxStore, StoreError},
};

use super::{SqliteStore, faults, rows};

impl InboxStore for SqliteStore {
    fn last_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
    ) -> BoxFuture<'a, Result<Version, StoreError>> {
        let (group, stream) = (group.to_owned(), stream.clone());
        Box::pin(self.read("read the inbox", move |connection| last(connection, &group, &stream)))
    }

    fn record_handled<'a>(
        &'a self,
        group: &'a str,
        stream: &'a StreamId,
        from: Version,
        to: Version,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let (group, stream) = (group.to_owned(), stream.clone());
        Box::pin(self.write("note what was handled", move |connection| {
            record(connection, &group, &stream, from, to)
                .map_err(|error| faults::engine("note what was handled", error))
        }))
    }
}

fn last(connection: &Connection, group: &str, stream: &StreamId) -> rusqlite::Result<Version> {
    let mut statement = connection.prepare_cached(include_str!("../sql/last_handled.sql"))?;
    let values = (group, stream.category(), stream.key());
    Ok(statement.query_row(values, |row| rows::version(row, 0)).optional()?.unwrap_or(Version::NONE))
}

fn record(
    connection: &Connection,
    group: &str,
    stream: &StreamId,
    from: Version,
    to: Version,
) -> rusqlite::Result<bool> {
    let sql = include_str!("sql/record_handled.sql");
    let (from, to) = (rows::number(from.get()), rows::number(to.get()));
    let values = params![group, stream.category(), stream.key(), from, to];
    Ok(connection.prepare_cached(sql)?.execute(values)? == 1)
}
