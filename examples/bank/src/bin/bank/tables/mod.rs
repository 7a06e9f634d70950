//! The read models, whatever store they are in.

use std::collections::HashMap;

use anyhow::Context;
#[cfg(feature = "postgres")]
use bank::read_models::postgres;
use bank::{
    AccountId, Money,
    read_models::{AccountRow, AccountTotals, MonthRow, UserRow, memory, sqlite},
};
#[cfg(feature = "postgres")]
use cqrs::store::postgres::PostgresStore;
use cqrs::{Application, Position, store::sqlite::SqliteStore};

/// Where the tables of the read models are.
pub(crate) enum Tables {
    /// In the file of the events.
    Sqlite(SqliteStore),
    /// In the schema of the events.
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
    /// Nowhere: the store has no tables, and the models are in memory.
    #[cfg_attr(not(feature = "nats"), expect(dead_code, reason = "every other store has tables"))]
    None,
}

/// The read models, to be read.
pub(crate) struct Reading<'a> {
    application: &'a Application,
    tables: &'a Tables,
}

impl Tables {
    pub(crate) fn of<'a>(&'a self, application: &'a Application) -> Reading<'a> {
        Reading { application, tables: self }
    }

    /// Waits until the tables show everything that has happened up to a position.
    pub(crate) async fn catch_up(&self, application: &Application, head: Position) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(_) => {
                application.wait_for_position::<sqlite::AccountsTable>(head).await?;
                application.wait_for_position::<sqlite::UsersTable>(head).await?;
                application.wait_for_position::<sqlite::MonthsTable>(head).await?;
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => {
                application.wait_for_position::<postgres::AccountsTable>(head).await?;
                application.wait_for_position::<postgres::UsersTable>(head).await?;
                application.wait_for_position::<postgres::MonthsTable>(head).await?;
            }
            Self::None => {
                application.wait_for_position::<memory::Accounts>(head).await?;
                application.wait_for_position::<memory::Users>(head).await?;
                application.wait_for_position::<memory::Months>(head).await?;
            }
        }
        Ok(())
    }
}

impl Reading<'_> {
    /// The first accounts by number, at most `limit`.
    pub(crate) async fn accounts(&self, limit: u32) -> anyhow::Result<Vec<AccountRow>> {
        Ok(match self.tables {
            Tables::Sqlite(store) => sqlite::AccountsTable::first(store, limit).await?,
            #[cfg(feature = "postgres")]
            Tables::Postgres(store) => postgres::AccountsTable::first(store, limit).await?,
            Tables::None => {
                let accounts = self.application.projection::<memory::Accounts>();
                accounts.read().all().take(limit as usize).cloned().collect()
            }
        })
    }

    /// What is on every account.
    pub(crate) async fn balances(&self) -> anyhow::Result<HashMap<AccountId, Money>> {
        Ok(match self.tables {
            Tables::Sqlite(store) => sqlite::AccountsTable::balances(store).await?,
            #[cfg(feature = "postgres")]
            Tables::Postgres(store) => postgres::AccountsTable::balances(store).await?,
            Tables::None => {
                let accounts = self.application.projection::<memory::Accounts>();
                accounts.read().all().map(|row| (row.account, row.balance)).collect()
            }
        })
    }

    /// All accounts together.
    pub(crate) async fn totals(&self) -> anyhow::Result<AccountTotals> {
        match self.tables {
            Tables::Sqlite(store) => Ok(sqlite::AccountsTable::totals(store).await?),
            #[cfg(feature = "postgres")]
            Tables::Postgres(store) => Ok(postgres::AccountsTable::totals(store).await?),
            Tables::None => {
                let totals = self.application.projection::<memory::Accounts>().read().totals();
                totals.context("the total is more than can be expressed")
            }
        }
    }

    /// Every month in which something was booked, in order.
    pub(crate) async fn months(&self) -> anyhow::Result<Vec<MonthRow>> {
        Ok(match self.tables {
            Tables::Sqlite(store) => sqlite::MonthsTable::all(store).await?,
            #[cfg(feature = "postgres")]
            Tables::Postgres(store) => postgres::MonthsTable::all(store).await?,
            Tables::None => {
                let months = self.application.projection::<memory::Months>();
                months.read().all().cloned().collect()
            }
        })
    }

    /// Who may log in, by number of the account.
    pub(crate) async fn users(&self) -> anyhow::Result<Vec<UserRow>> {
        Ok(match self.tables {
            Tables::Sqlite(store) => sqlite::UsersTable::first(store, u32::MAX).await?,
            #[cfg(feature = "postgres")]
            Tables::Postgres(store) => postgres::UsersTable::first(store, u32::MAX).await?,
            Tables::None => {
                let users = self.application.projection::<memory::Users>();
                users.read().all().cloned().collect()
            }
        })
    }
}
