//! Where processes stand.

use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow};

use crate::{
    message::StreamId,
    store::{ProcessCounts, ProcessQuery, ProcessRow, Settlement},
};

use super::{rows, time};

/// Moves checkpoints, each with the rows of its processes, except where there is one that is as new: all of it by one statement,
/// which is one round trip. Returns the names of those that were moved; nothing is changed of one that is no longer where its settlement
/// says, or whose epoch is another. `above` is what is done after each, as a column keeps it.
pub(super) async fn advance_all(
    executor: impl PgExecutor<'_>,
    settlements: &[Settlement],
    above: &[Option<&str>],
) -> sqlx::Result<Vec<String>> {
    let numbers = |of: fn(&Settlement) -> u64| column(settlements, |settlement| rows::number(of(settlement)));
    let kept: Vec<_> = settlements
        .iter()
        .flat_map(|part| part.processes.iter().map(move |row| (&*part.name, row)))
        .collect();
    let advance = sqlx::query_scalar(include_str!("sql/settle_all.sql"))
        .bind(column(settlements, |settlement| &*settlement.name))
        .bind(numbers(|settlement| settlement.epoch))
        .bind(numbers(|settlement| settlement.from.get()))
        .bind(numbers(|settlement| settlement.to.get()))
        .bind(above)
        .bind(column(&kept, |(part, _)| *part))
        .bind(column(&kept, |(_, row)| row.process.category()))
        .bind(column(&kept, |(_, row)| row.process.key()))
        .bind(column(&kept, |(_, row)| row.ended))
        .bind(column(&kept, |(_, row)| rows::number(row.version.get())))
        .bind(column(&kept, |(_, row)| rows::number(row.position.get())))
        .bind(column(&kept, |(_, row)| row.next_due.map(time::text)));
    advance.fetch_all(executor).await
}

fn column<'a, R, T>(rows: &'a [R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
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
