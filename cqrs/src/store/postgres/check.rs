//! Looking a store over for damage.

use futures_util::TryStreamExt;
use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::{
    event::StoredEvent,
    message::{Position, StreamId, Version},
    store::{CheckReport, EventQuery, Problem, StoreError, check::Copies},
};

use super::{PostgresStore, faults, read, rows};

/// All parts see the same state, however long it takes; nobody waits for it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
    SET LOCAL idle_in_transaction_session_timeout = 0";

impl PostgresStore {
    /// Looks the whole store over: the versions of each stream, every event's columns, JSON and metadata, and where the
    /// commands point to. It reads everything once, and holds up nobody. Damage of the database's own files is for the
    /// server's tools, such as `pg_amcheck`.
    ///
    /// Names and schema versions that no event type of the program has are not known here: they are in
    /// [`CheckReport::types`].
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        check(self).await.map_err(|error| faults::engine("check the store", error))
    }
}

async fn check(store: &PostgresStore) -> sqlx::Result<CheckReport> {
    let mut transaction = store.pool().begin_with(BEGIN).await?;
    let mut report = CheckReport::default();
    check_events(&mut transaction, &mut report).await?;
    check_versions(&mut transaction, &mut report).await?;
    check_commands(&mut transaction, &mut report).await?;
    transaction.rollback().await?;
    Ok(report)
}

async fn check_events(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let mut events = sqlx::query(include_str!("sql/check_events.sql")).fetch(connection);
    let whole = EventQuery::all();
    while let Some(row) = events.try_next().await? {
        let position = Position::new(row.try_get::<i64, _>(0)?.unsigned_abs());
        report.take_in(position, check_event(&row, &whole));
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

async fn check_versions(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let gaps = sqlx::query(include_str!("sql/check_versions.sql")).fetch_all(connection).await?;
    for gap in gaps {
        report.problems.push(Problem::VersionGap {
            position: rows::position(&gap, 0)?,
            stream: StreamId::new(gap.try_get::<&str, _>(1)?, gap.try_get::<&str, _>(2)?),
            found: Version::new(gap.try_get::<i64, _>(3)?.unsigned_abs()),
            expected: Version::new(gap.try_get::<i64, _>(4)?.unsigned_abs()),
        });
    }
    Ok(())
}

async fn check_commands(connection: &mut PgConnection, report: &mut CheckReport) -> sqlx::Result<()> {
    let lost = sqlx::query(include_str!("sql/check_commands.sql")).fetch_all(connection).await?;
    for command in lost {
        report
            .problems
            .push(Problem::Command { id: command.try_get(0)?, position: rows::position(&command, 1)? });
    }
    Ok(())
}
