//! What waits for a time.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use uuid::Uuid;

use crate::{
    message::CommandId,
    store::{
        CommandClaim, CommandFailure, Due, DueKey, DueKind, DueQuery, Fingerprint, RecordedCommand, Refusal,
        ScheduleStore, StoreError,
    },
};

use super::{SqliteStore, failures, faults, rows, time};

const SET: &str = "let something wait";
const REMOVE: &str = "remove what waited";
const READ: &str = "read what waits";

impl ScheduleStore for SqliteStore {
    fn set_due(&self, due: Due) -> BoxFuture<'_, Result<Option<Due>, StoreError>> {
        Box::pin(self.write(SET, move |connection| {
            let set = || match enter(connection, include_str!("../sql/set_due.sql"), &due)? {
                0 => find(connection, &due.key),
                _ => Ok(None),
            };
            set().map_err(|error| faults::engine(SET, error))
        }))
    }

    fn replace_due(&self, due: Due) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write(SET, move |connection| {
            let replaced = enter(connection, include_str!("../sql/replace_due.sql"), &due);
            replaced.map(drop).map_err(|error| faults::engine(SET, error))
        }))
    }

    fn move_due<'a>(&'a self, read: &'a Due, to: Due) -> BoxFuture<'a, Result<bool, StoreError>> {
        let read = read.clone();
        Box::pin(self.write(SET, move |connection| {
            let moved = change(connection, &read, &to);
            moved.map(|count| count == 1).map_err(|error| faults::engine(SET, error))
        }))
    }

    fn remove_due<'a>(&'a self, keys: &'a [DueKey]) -> BoxFuture<'a, Result<usize, StoreError>> {
        let keys = keys.to_vec();
        Box::pin(self.write(REMOVE, move |connection| {
            let counts = keys.iter().map(|key| remove(connection, key));
            counts.sum::<rusqlite::Result<usize>>().map_err(|error| faults::engine(REMOVE, error))
        }))
    }

    fn refuse_due<'a>(
        &'a self,
        key: &'a DueKey,
        command: &'a CommandClaim,
        refusal: &'a Refusal,
        failure: Option<&'a CommandFailure>,
    ) -> BoxFuture<'a, Result<Option<RecordedCommand>, StoreError>> {
        let (key, command) = (key.clone(), command.clone());
        let (refusal, failure) = (refusal.clone(), failure.cloned());
        Box::pin(self.write("refuse a command", move |connection| {
            let json = serde_json::to_string(&refusal)
                .map_err(|error| StoreError::engine("encode the refusal", error))?;
            let recorded = refuse(connection, &key, &command, &json)
                .map_err(|error| faults::engine("refuse a command", error))?;
            if let (None, Some(failure)) = (&recorded, &failure) {
                failures::keep(connection, failure)?;
            }
            Ok(recorded)
        }))
    }

    fn find_due<'a>(&'a self, key: &'a DueKey) -> BoxFuture<'a, Result<Option<Due>, StoreError>> {
        let key = key.clone();
        Box::pin(self.read(READ, move |connection| find(connection, &key)))
    }

    fn due<'a>(&'a self, query: &'a DueQuery, limit: usize) -> BoxFuture<'a, Result<Vec<Due>, StoreError>> {
        let query = query.clone();
        Box::pin(self.read(READ, move |connection| page(connection, &query, limit)))
    }

    fn due_owners(&self, kind: DueKind) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        Box::pin(self.read(READ, move |connection| {
            let mut owners = connection.prepare_cached(include_str!("../sql/due_owners.sql"))?;
            owners.query_map([kind.as_str()], |row| row.get(0))?.collect()
        }))
    }
}

fn enter(connection: &Connection, sql: &'static str, due: &Due) -> rusqlite::Result<usize> {
    let Due { key: DueKey { kind, key }, due, owner, payload } = due;
    let values = params![kind.as_str(), key, time::text(*due), owner, payload];
    connection.prepare_cached(sql)?.execute(values)
}

fn change(connection: &Connection, read: &Due, to: &Due) -> rusqlite::Result<usize> {
    let (before, after) = (time::text(read.due), time::text(to.due));
    let (kind, key) = (read.key.kind.as_str(), &read.key.key);
    let values = params![after, to.owner, to.payload, kind, key, before, read.owner, read.payload];
    connection.prepare_cached(include_str!("../sql/move_due.sql"))?.execute(values)
}

fn remove(connection: &Connection, key: &DueKey) -> rusqlite::Result<usize> {
    let values = (key.kind.as_str(), &key.key);
    connection.prepare_cached(include_str!("sql/remove_due.sql"))?.execute(values)
}

/// All of it is one transaction of the file's one writer: nothing comes between the look and the insert.
fn refuse(
    connection: &Connection,
    key: &DueKey,
    command: &CommandClaim,
    refusal: &str,
) -> rusqlite::Result<Option<RecordedCommand>> {
    remove(connection, key)?;
    let mut find = connection.prepare_cached(include_str!("sql/find_command.sql"))?;
    let mut places = connection.prepare_cached(include_str!("sql/places.sql"))?;
    let recorded = rows::recorded_command(&mut find, &mut places, command.id)?;
    if recorded.is_none() {
        insert_refused(connection, command, refusal)?;
    }
    Ok(recorded)
}

fn insert_refused(connection: &Connection, command: &CommandClaim, refusal: &str) -> rusqlite::Result<()> {
    let CommandClaim { id, name, form, .. } = command;
    let (shape, digest) = (form.shape.cast_signed(), form.digest.as_ref().map(Fingerprint::as_bytes));
    let values = params![text(*id), name.as_str(), form.version, shape, digest, refusal];
    connection.prepare_cached(include_str!("sql/refuse_command.sql"))?.execute(values).map(drop)
}

fn text(id: CommandId) -> String {
    id.as_uuid().hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

fn find(connection: &Connection, key: &DueKey) -> rusqlite::Result<Option<Due>> {
    let mut statement = connection.prepare_cached(include_str!("../sql/find_due.sql"))?;
    statement.query_row((key.kind.as_str(), &key.key), |row| due(row, key.kind)).optional()
}

/// Of each owner as much as is wanted of all: what comes first among them is in it.
fn page(connection: &Connection, query: &DueQuery, limit: usize) -> rusqlite::Result<Vec<Due>> {
    let mut statement = connection.prepare_cached(include_str!("sql/due.sql"))?;
    let until = query.until.map_or_else(|| AFTER_ALL_TIMES.to_owned(), time::text);
    let (time, key) =
        query.after.as_ref().map_or_else(Default::default, |(time, key)| (time::text(*time), key.clone()));
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut page = Vec::new();
    for owner in &query.owners {
        let values = params![query.kind.as_str(), owner, until, time, key, most];
        let rows = statement.query_map(values, |row| due(row, query.kind))?;
        page.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    page.sort_unstable_by(|one, other| (one.due, &one.key).cmp(&(other.due, &other.key)));
    page.dedup_by(|one, other| one.key == other.key);
    page.truncate(limit);
    Ok(page)
}

/// As text, after every time.
const AFTER_ALL_TIMES: &str = "~";

/// A row as what waits.
fn due(row: &Row<'_>, kind: DueKind) -> rusqlite::Result<Due> {
    let due: Timestamp = rows::parsed(row, 1)?;
    let [key, owner, payload] = [0, 2, 3].map(|index| rows::text(row, index).map(ToOwned::to_owned));
    Ok(Due { key: DueKey { kind, key: key? }, due, owner: owner?, payload: payload? })
}

/// Whether a row can be read as what waits.
pub(super) fn check(row: &Row<'_>) -> rusqlite::Result<()> {
    due(row, DueKind::Command)?;
    let json = rows::text(row, 3)?;
    crate::json::parse::<serde::de::IgnoredAny>(json.as_bytes())
        .map(drop)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(error)))
}
