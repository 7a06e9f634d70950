//! What was booked month by month.

use cqrs::{prelude::*, store::StoreError};
use jiff::civil::Date;
use sqlx::{Row, postgres::PgRow};

use crate::{
    Money,
    account::{MoneyCredited, MoneyDebited},
    read_models::rows::MonthRow,
};

use super::row::{all, exactly_one};

/// What was booked in each month, in the table `months`.
#[derive(Projection)]
#[projection(name = "months", schema = include_str!("months.sql"))]
pub struct MonthsTable;

#[event_handler]
impl MonthsTable {
    async fn credited(event: &MoneyCredited, tx: &mut PgTransaction<'_>) -> Result<(), PostgresError> {
        book(tx, event.booked_on, event.amount, Money::ZERO).await
    }

    async fn debited(event: &MoneyDebited, tx: &mut PgTransaction<'_>) -> Result<(), PostgresError> {
        book(tx, event.booked_on, Money::ZERO, event.amount).await
    }
}

async fn book(
    tx: &mut PgTransaction<'_>,
    day: Date,
    credited: Money,
    debited: Money,
) -> Result<(), PostgresError> {
    let sql = "INSERT INTO months VALUES ($1, $2, $3, 1) ON CONFLICT (month) DO UPDATE SET \
               credited = months.credited + $2, debited = months.debited + $3, bookings = months.bookings + 1";
    let upsert = sqlx::query(sql)
        .bind(day.strftime("%Y-%m").to_string())
        .bind(credited.hundredths())
        .bind(debited.hundredths());
    exactly_one(&upsert.execute(&mut **tx).await?)
}

impl MonthsTable {
    /// Every month in which something was booked, in order.
    pub async fn all(store: &PostgresStore) -> Result<Vec<MonthRow>, StoreError> {
        let sql = "SELECT month, credited, debited, bookings FROM months ORDER BY month";
        let read = |row: &PgRow| {
            Ok(MonthRow {
                month: row.try_get(0)?,
                credited: Money::from_hundredths(row.try_get(1)?),
                debited: Money::from_hundredths(row.try_get(2)?),
                bookings: row.try_get(3)?,
            })
        };
        all(store, sqlx::query(sql), read).await
    }
}
