//! What was booked month by month.

use cqrs::{prelude::*, store::StoreError};
use jiff::civil::Date;

use crate::{
    Money,
    account::{MoneyCredited, MoneyDebited},
    read_models::rows::MonthRow,
};

use super::row::exactly_one;

/// What was booked in each month, in the table `months`.
#[derive(Projection)]
#[projection(name = "months", schema = include_str!("months.sql"))]
pub struct MonthsTable;

#[event_handler]
impl MonthsTable {
    fn credited(event: &MoneyCredited, tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError> {
        book(tx, event.booked_on, event.amount, Money::ZERO)
    }

    fn debited(event: &MoneyDebited, tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError> {
        book(tx, event.booked_on, Money::ZERO, event.amount)
    }
}

fn book(
    tx: &mut SqliteTransaction<'_>,
    day: Date,
    credited: Money,
    debited: Money,
) -> Result<(), SqliteError> {
    let sql = "INSERT INTO months VALUES (?1, ?2, ?3, 1) ON CONFLICT DO UPDATE SET \
               credited = credited + ?2, debited = debited + ?3, bookings = bookings + 1";
    let row = (day.strftime("%Y-%m").to_string(), credited.hundredths(), debited.hundredths());
    exactly_one(tx.prepare_cached(sql)?.execute(row)?)
}

impl MonthsTable {
    /// Every month in which something was booked, in order.
    pub async fn all(store: &SqliteStore) -> Result<Vec<MonthRow>, StoreError> {
        let query = store.query(|connection| {
            let sql = "SELECT month, credited, debited, bookings FROM months ORDER BY month";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| {
                Ok(MonthRow {
                    month: row.get(0)?,
                    credited: Money::from_hundredths(row.get(1)?),
                    debited: Money::from_hundredths(row.get(2)?),
                    bookings: row.get(3)?,
                })
            })?;
            rows.collect()
        });
        query.await
    }
}
