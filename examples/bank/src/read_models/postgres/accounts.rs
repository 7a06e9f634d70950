//! The accounts and what is on them.

use std::collections::HashMap;

use cqrs::{prelude::*, store::StoreError};
use sqlx::{Row, postgres::PgRow};

use crate::{
    Account, AccountId, Money,
    account::{AccountOpened, MoneyCredited, MoneyDebited},
    read_models::rows::{AccountRow, AccountTotals},
};

use super::row::{account, all, exactly_one};

/// The accounts, with what is on them, in the table `accounts`.
#[derive(Projection)]
#[projection(name = "accounts", schema = include_str!("accounts.sql"))]
pub struct AccountsTable;

#[event_handler]
impl AccountsTable {
    async fn opened(
        event: &AccountOpened,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        let insert = sqlx::query("INSERT INTO accounts (account, owner, overdraft) VALUES ($1, $2, $3)")
            .bind(i64::from(account.number()))
            .bind(&event.owner)
            .bind(event.overdraft.hundredths());
        exactly_one(&insert.execute(&mut **tx).await?)
    }

    async fn credited(
        event: &MoneyCredited,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        book(tx, *account, event.amount.hundredths()).await
    }

    async fn debited(
        event: &MoneyDebited,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        book(tx, *account, -event.amount.hundredths()).await
    }
}

async fn book(tx: &mut PgTransaction<'_>, account: AccountId, hundredths: i64) -> Result<(), PostgresError> {
    let sql = "UPDATE accounts SET balance = balance + $2, bookings = bookings + 1 WHERE account = $1";
    let update = sqlx::query(sql).bind(i64::from(account.number())).bind(hundredths);
    exactly_one(&update.execute(&mut **tx).await?)
}

impl AccountsTable {
    /// The first accounts by number, at most `limit`.
    pub async fn first(store: &PostgresStore, limit: u32) -> Result<Vec<AccountRow>, StoreError> {
        let sql =
            "SELECT account, owner, balance, overdraft, bookings FROM accounts ORDER BY account LIMIT $1";
        let query = sqlx::query(sql).bind(i64::from(limit));
        let read = |row: &PgRow| {
            Ok(AccountRow {
                account: account(row, 0)?,
                owner: row.try_get(1)?,
                balance: Money::from_hundredths(row.try_get(2)?),
                overdraft: Money::from_hundredths(row.try_get(3)?),
                bookings: row.try_get(4)?,
            })
        };
        all(store, query, read).await
    }

    /// What is on every account.
    pub async fn balances(store: &PostgresStore) -> Result<HashMap<AccountId, Money>, StoreError> {
        let query = sqlx::query("SELECT account, balance FROM accounts");
        all(store, query, |row| Ok((account(row, 0)?, Money::from_hundredths(row.try_get(1)?)))).await
    }

    /// All accounts together. A total that is more than can be expressed is an error.
    pub async fn totals(store: &PostgresStore) -> Result<AccountTotals, StoreError> {
        let sql = "SELECT count(*), coalesce(sum(balance), 0)::bigint, coalesce(sum(bookings), 0)::bigint FROM accounts";
        let totals = sqlx::query(sql).try_map(|row: PgRow| {
            let balance = Money::from_hundredths(row.try_get(1)?);
            Ok(AccountTotals { accounts: row.try_get(0)?, balance, bookings: row.try_get(2)? })
        });
        totals.fetch_one(store.pool()).await.map_err(|error| StoreError::engine("query", error))
    }
}
