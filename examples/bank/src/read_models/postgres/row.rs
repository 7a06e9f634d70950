//! What the tables have in common.

use cqrs::store::{
    StoreError,
    postgres::{PostgresError, PostgresStore},
};
use sqlx::{
    Row,
    postgres::{PgArguments, PgQueryResult, PgRow},
    query::Query,
};

use crate::AccountId;

/// Exactly one row must have changed: an account that is not in the table would mean that the table is wrong.
pub(super) fn exactly_one(changed: &PgQueryResult) -> Result<(), PostgresError> {
    match changed.rows_affected() {
        1 => Ok(()),
        _ => Err(PostgresError::RowNotFound),
    }
}

/// The rows of a query, each read by `read`.
pub(super) async fn all<T, C: FromIterator<T>>(
    store: &PostgresStore,
    query: Query<'_, sqlx::Postgres, PgArguments>,
    read: impl Fn(&PgRow) -> Result<T, PostgresError>,
) -> Result<C, StoreError> {
    let rows = query.fetch_all(store.pool()).await;
    rows.and_then(|rows| rows.iter().map(read).collect()).map_err(|error| StoreError::engine("query", error))
}

/// An account's number.
pub(super) fn account(row: &PgRow, index: usize) -> Result<AccountId, PostgresError> {
    let number = u32::try_from(row.try_get::<i64, _>(index)?);
    number.map(AccountId::new).map_err(|error| PostgresError::Decode(error.into()))
}
