//! The accounts and what is on them.

use std::collections::HashMap;

use cqrs::{prelude::*, store::StoreError};

use crate::{
    Account, AccountId, Money,
    account::{AccountOpened, MoneyCredited, MoneyDebited},
    read_models::rows::{AccountRow, AccountTotals},
};

use super::row::exactly_one;

/// The accounts, with what is on them, in the table `accounts`.
#[derive(Projection)]
#[projection(name = "accounts", schema = include_str!("accounts.sql"))]
pub struct AccountsTable;

#[event_handler]
impl AccountsTable {
    fn opened(
        event: &AccountOpened,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        let sql = "INSERT INTO accounts (account, owner, overdraft) VALUES (?1, ?2, ?3)";
        let row = (account.number(), &event.owner, event.overdraft.hundredths());
        exactly_one(tx.prepare_cached(sql)?.execute(row)?)
    }

    fn credited(
        event: &MoneyCredited,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        book(tx, *account, event.amount.hundredths())
    }

    fn debited(
        event: &MoneyDebited,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        book(tx, *account, -event.amount.hundredths())
    }
}

fn book(tx: &mut SqliteTransaction<'_>, account: AccountId, hundredths: i64) -> Result<(), SqliteError> {
    let sql = "UPDATE accounts SET balance = balance + ?2, bookings = bookings + 1 WHERE account = ?1";
    exactly_one(tx.prepare_cached(sql)?.execute((account.number(), hundredths))?)
}

impl AccountsTable {
    /// The first accounts by number, at most `limit`.
    pub async fn first(store: &SqliteStore, limit: u32) -> Result<Vec<AccountRow>, StoreError> {
        let query = store.query(move |connection| {
            let sql =
                "SELECT account, owner, balance, overdraft, bookings FROM accounts ORDER BY account LIMIT ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map([limit], |row| {
                Ok(AccountRow {
                    account: AccountId::new(row.get(0)?),
                    owner: row.get(1)?,
                    balance: Money::from_hundredths(row.get(2)?),
                    overdraft: Money::from_hundredths(row.get(3)?),
                    bookings: row.get(4)?,
                })
            })?;
            rows.collect()
        });
        query.await
    }

    /// What is on every account.
    pub async fn balances(store: &SqliteStore) -> Result<HashMap<AccountId, Money>, StoreError> {
        let query = store.query(|connection| {
            let mut statement = connection.prepare_cached("SELECT account, balance FROM accounts")?;
            let rows = statement.query_map([], |row| {
                Ok((AccountId::new(row.get(0)?), Money::from_hundredths(row.get(1)?)))
            })?;
            rows.collect()
        });
        query.await
    }

    /// All accounts together. A total that is more than can be expressed is an error.
    pub async fn totals(store: &SqliteStore) -> Result<AccountTotals, StoreError> {
        let query = store.query(|connection| {
            let sql = "SELECT count(*), coalesce(sum(balance), 0), coalesce(sum(bookings), 0) FROM accounts";
            connection.query_row(sql, [], |row| {
                let balance = Money::from_hundredths(row.get(1)?);
                Ok(AccountTotals { accounts: row.get(0)?, balance, bookings: row.get(2)? })
            })
        });
        query.await
    }
}
