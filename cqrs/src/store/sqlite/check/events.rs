//! The log.

use rusqlite::{Connection, Row};

use crate::{
    event::StoredEvent,
    message::{Position, StreamId, Version},
    store::{
        CheckReport, Damage,
        check::Copies,
        sqlite::{head::is_exhausted, read, rows},
    },
};

pub(super) fn check(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    check_events(connection, report)?;
    check_positions(connection, report)?;
    check_versions(connection, report)?;
    check_ids(connection, report)
}

fn check_events(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("../sql/check_events.sql"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // The primary key of a table always is a number; those below zero are told by `check_positions`.
        let position = Position::new(row.get::<_, i64>(0)?.unsigned_abs());
        report.take_in(position, check_event(row));
    }
    Ok(())
}

/// The event, or what is wrong with it.
fn check_event<'a>(row: &'a Row<'_>) -> Result<StoredEvent<'a>, String> {
    let event = read::stored_event(row, None, true).map_err(|error| error.to_string())?;
    let column = |index| row.get_ref(index).ok().and_then(|value| value.as_str_or_null().ok().flatten());
    let copies = Copies { correlation_id: column(9), tenant: column(10), time: column(11) };
    copies.check(&event)?;
    Ok(event)
}

/// Positions are 1 and more, and there is one to come.
fn check_positions(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("../sql/check_positions.sql"))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        report.add(Damage::Position {
            position: row.get(0)?,
            stream: StreamId::new(rows::lossy(row, 1), rows::lossy(row, 2)),
            why: "positions begin with 1",
        });
    }
    if is_exhausted(connection)? {
        report.add(Damage::NoPositionLeft { position: Position::new(i64::MAX.unsigned_abs()) });
    }
    Ok(())
}

fn check_versions(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("../sql/check_versions.sql"))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let number = |index| Ok::<_, rusqlite::Error>(row.get::<_, i64>(index)?.unsigned_abs());
        report.add(Damage::VersionGap {
            position: Position::new(number(0)?),
            stream: StreamId::new(rows::lossy(row, 1), rows::lossy(row, 2)),
            found: Version::new(number(3)?),
            expected: Version::new(number(4)?),
        });
    }
    Ok(())
}

fn check_ids(connection: &Connection, report: &mut CheckReport) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(include_str!("../sql/check_ids.sql"))?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let position =
            |index| Ok::<_, rusqlite::Error>(Position::new(row.get::<_, i64>(index)?.unsigned_abs()));
        report.add(Damage::SameId { id: rows::lossy(row, 0), first: position(1)?, second: position(2)? });
    }
    Ok(())
}
