//! The log.

use futures_util::TryStreamExt;
use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{
    event::StoredEvent,
    message::{Position, StreamId, Version},
    store::{
        CheckReport, Damage, EventQuery,
        check::Copies,
        postgres::{read, rows},
    },
};

pub(super) async fn check(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    check_events(connection, report).await?;
    check_positions(connection, report).await?;
    check_versions(connection, report).await?;
    check_ids(connection, report).await
}

async fn check_events(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let mut events = sqlx::query(include_str!("../sql/check_events.sql")).fetch(connection);
    let whole = EventQuery::all();
    while let Some(row) = events.try_next().await? {
        report.take_in(position(&row, 0)?, check_event(&row, &whole));
    }
    Ok(())
}

/// The event, or what is wrong with it.
fn check_event<'a>(row: &'a PgRow, whole: &'a EventQuery) -> Result<StoredEvent<'a>, String> {
    let event = read::stored_event(row, whole).map_err(|error| error.to_string())?;
    let column = |index| row.try_get::<Option<&str>, _>(index).ok().flatten();
    let copies = Copies { correlation_id: column(9), tenant: column(10), time: column(11) };
    copies.check(&event)?;
    Ok(event)
}

/// Positions are 1 and more, and were given out by the sequence.
async fn check_positions(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let mut found = sqlx::query(include_str!("../sql/check_positions.sql")).fetch(&mut *connection);
    while let Some(row) = found.try_next().await? {
        let beyond = row.try_get(3)?;
        report.add(Damage::Position {
            position: row.try_get(0)?,
            stream: stream(&row)?,
            why: if beyond { "it was never given out" } else { "positions begin with 1" },
        });
    }
    drop(found);
    let drawn = "SELECT coalesce(pg_sequence_last_value('events_position_seq'::regclass), 0)";
    if sqlx::query_scalar::<_, i64>(drawn).fetch_one(connection).await? == i64::MAX {
        report.add(Damage::NoPositionLeft { position: Position::new(i64::MAX.unsigned_abs()) });
    }
    Ok(())
}

async fn check_versions(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let mut gaps = sqlx::query(include_str!("../sql/check_versions.sql")).fetch(connection);
    while let Some(gap) = gaps.try_next().await? {
        let version = |index| gap.try_get::<i64, _>(index).map(|number| Version::new(number.unsigned_abs()));
        report.add(Damage::VersionGap {
            position: position(&gap, 0)?,
            stream: stream(&gap)?,
            found: version(3)?,
            expected: version(4)?,
        });
    }
    Ok(())
}

async fn check_ids(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let mut found = sqlx::query(include_str!("../sql/check_ids.sql")).fetch(connection);
    while let Some(row) = found.try_next().await? {
        let (first, second) = (position(&row, 1)?, position(&row, 2)?);
        report.add(Damage::SameId { id: row.try_get(0)?, first, second });
    }
    Ok(())
}

/// The position, where one below zero is to be told and not to fail the rest.
fn position(row: &PgRow, index: usize) -> sqlx::Result<Position> {
    Ok(Position::new(row.try_get::<i64, _>(index)?.unsigned_abs()))
}

fn stream(row: &PgRow) -> sqlx::Result<StreamId> {
    Ok(StreamId::new(rows::text(row, 1)?, rows::text(row, 2)?))
}
