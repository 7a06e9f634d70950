//! One page of events.

use std::time::Instant;

use rusqlite::{Connection, Row, params_from_iter, types::ValueRef};
use uuid::Uuid;

use crate::{
    event::{DecodeReason, StoredEvent, StoredMetadata},
    message::{EventId, Position, StreamId, Version},
    store::{PageEnd, StoreError, Visit},
};

use super::{faults, head::head, query::ReadPlan};

/// Shows the events of a page to the visitor, each while its row is at hand.
///
/// The head is read before the page. So a complete page has shown every event up to it, although other events may
/// have been appended between the two: these are beyond it.
pub(super) fn page(connection: &Connection, plan: ReadPlan, mut visit: Visit) -> Result<PageEnd, StoreError> {
    let started = Instant::now();
    let failed = |error| faults::locked("read a page of events", started, error);
    let head = if plan.by_position() { head(connection).map_err(failed)? } else { plan.after };
    let mut end = PageEnd { count: 0, position: plan.after, version: plan.after_version, complete: false };
    let mut statement = connection.prepare_cached(&plan.sql).map_err(failed)?;
    let mut rows = statement.query(params_from_iter(plan.values)).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        if end.count == plan.limit {
            return Ok(end);
        }
        let event = stored_event(row, plan.stream.as_ref(), plan.whole)?;
        (end.count, end.position, end.version) = (end.count + 1, event.position, event.version);
        if visit(&event).is_break() {
            return Ok(end);
        }
    }
    let reached = plan.up_to.map_or(head, |last| last.min(head));
    Ok(PageEnd { position: end.position.max(reached), complete: true, ..end })
}

/// A row as an event; of `stream`, if the row does not say of which; without id and metadata, if it
/// is not `whole`. Damage is reported with as much of the event's
/// place as can be read.
pub(super) fn stored_event<'a>(
    row: &'a Row<'_>,
    stream: Option<&'a StreamId>,
    whole: bool,
) -> Result<StoredEvent<'a>, StoreError> {
    let mut damage = None;
    let (category, key) = match stream {
        Some(stream) => (stream.category(), stream.key()),
        None => (text(row, 7, "category", &mut damage), text(row, 8, "key", &mut damage)),
    };
    let event = StoredEvent {
        position: Position::new(place(row, 0, "position", &mut damage)),
        category,
        key,
        version: Version::new(place(row, 1, "version", &mut damage)),
        name: text(row, 2, "name", &mut damage),
        schema_version: schema_version(row, 3, &mut damage),
        payload: text(row, 4, "payload", &mut damage),
        id: if whole { id(row, 5, &mut damage) } else { Uuid::nil().into() },
        metadata: if whole {
            StoredMetadata::Json(text(row, 6, "metadata", &mut damage))
        } else {
            StoredMetadata::LeftOut
        },
    };
    match damage {
        None => Ok(event),
        Some((column, found)) => Err(event.error(DecodeReason::Damaged { column, found }).into()),
    }
}

fn id(row: &Row<'_>, index: usize, damage: &mut Damage) -> EventId {
    let text = text(row, index, "id", damage);
    let id = Uuid::try_parse(text).map_err(|error| damage.get_or_insert(("id", error.to_string())));
    id.unwrap_or_default().into()
}

fn schema_version(row: &Row<'_>, index: usize, damage: &mut Damage) -> u32 {
    let value = row.get_ref(index);
    if let Ok(ValueRef::Integer(number)) = value
        && let Ok(version) = u32::try_from(number)
    {
        return version;
    }
    note(damage, "schema_version", value);
    0
}

type Damage = Option<(&'static str, String)>;

/// A position, or a version: both are counted from 1.
fn place(row: &Row<'_>, index: usize, column: &'static str, damage: &mut Damage) -> u64 {
    match row.get_ref(index) {
        Ok(ValueRef::Integer(number @ 1..)) => number.unsigned_abs(),
        other => {
            note(damage, column, other);
            0
        }
    }
}

fn text<'a>(row: &'a Row<'_>, index: usize, column: &'static str, damage: &mut Damage) -> &'a str {
    let value = row.get_ref(index);
    if let Ok(ValueRef::Text(bytes)) = value
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return text;
    }
    note(damage, column, value);
    ""
}

#[cold]
fn note(damage: &mut Damage, column: &'static str, found: rusqlite::Result<ValueRef<'_>>) {
    let found = match found {
        Ok(ValueRef::Integer(number)) => format!("the number {number}"),
        Ok(ValueRef::Text(bytes)) => format!("{} bytes that are not UTF-8", bytes.len()),
        Ok(value) => format!("a value of type {}", value.data_type()),
        Err(error) => error.to_string(),
    };
    damage.get_or_insert((column, found));
}
