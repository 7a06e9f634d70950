//! Where processes stand.

use sqlx::{
    PgConnection, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::QueryScalar,
};

use crate::{
    message::StreamId,
    store::{ProcessCounts, ProcessQuery, ProcessRow, Settlement},
};

use super::{rows, time};

/// Moves a checkpoint, and keeps rows with it, except where there is one that is as new: all of it by one statement, which is one
/// round trip; `false`, and nothing is changed, if the checkpoint is no longer where the settlement says, or its epoch is another.
pub(super) async fn settle(
    connection: &mut PgConnection,
    settlement: &Settlement,
    done_above: Option<&str>,
) -> sqlx::Result<bool> {
    let settle = sqlx::query_scalar(include_str!("sql/settle_processes.sql"))
        .bind(rows::number(settlement.to.get()))
        .bind(done_above)
        .bind(&settlement.name)
        .bind(rows::number(settlement.epoch))
        .bind(rows::number(settlement.from.get()));
    let kept: Vec<_> = settlement.processes.iter().collect();
    let moved: i64 = bind(settle, &kept).fetch_one(connection).await?;
    Ok(moved == 1)
}

type Scalar<'q, T> = QueryScalar<'q, Postgres, T, PgArguments>;

/// Gives a statement rows, a column at a time.
pub(super) fn bind<'q, T>(statement: Scalar<'q, T>, kept: &[&'q ProcessRow]) -> Scalar<'q, T> {
    statement
        .bind(column(kept, |row| row.process.category()))
        .bind(column(kept, |row| row.process.key()))
        .bind(column(kept, |row| row.ended))
        .bind(column(kept, |row| rows::number(row.version.get())))
        .bind(column(kept, |row| rows::number(row.position.get())))
        .bind(column(kept, |row| row.next_due.map(time::text)))
}

fn column<'a, T>(kept: &[&'a ProcessRow], of: impl Fn(&'a ProcessRow) -> T) -> Vec<T> {
    kept.iter().map(|row| of(row)).collect()
}

/// The first processes that a query wants.
pub(super) async fn page(
    connection: &mut PgConnection,
    query: &ProcessQuery,
    limit: usize,
) -> sqlx::Result<Vec<ProcessRow>> {
    let sql = match query.after {
        Some(_) => include_str!("../sql/process_page.sql"),
        None => include_str!("../sql/first_process_page.sql"),
    };
    let mut page = sqlx::query(sql).bind(&query.category).bind(query.ended);
    if let Some(after) = &query.after {
        page = page.bind(after);
    }
    let page = page.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let named = |found: &PgRow| process(found).map_err(|error| unreadable(found, error));
    page.fetch_all(connection).await?.iter().map(named).collect()
}

/// How many processes of a category there are.
pub(super) async fn count(connection: &mut PgConnection, category: &str) -> sqlx::Result<ProcessCounts> {
    let count = sqlx::query(include_str!("../sql/count_processes.sql")).bind(category);
    let counted = count.fetch_one(connection).await?;
    Ok(ProcessCounts { running: rows::unsigned(&counted, 0)?, ended: rows::unsigned(&counted, 1)? })
}

#[cold]
fn unreadable(row: &PgRow, error: sqlx::Error) -> sqlx::Error {
    rows::unreadable(&format!("where process {} stands", row.try_get(6).unwrap_or("?")), row, error)
}

/// A row of the table.
pub(super) fn process(row: &PgRow) -> sqlx::Result<ProcessRow> {
    Ok(ProcessRow {
        process: StreamId::new(row.try_get::<&str, _>(0)?, row.try_get::<&str, _>(1)?),
        ended: row.try_get(2)?,
        version: rows::version(row, 3)?,
        position: rows::position(row, 4)?,
        next_due: match row.try_get::<Option<&str>, _>(5)? {
            None => None,
            Some(_) => Some(rows::parsed(row, 5)?),
        },
    })
}
