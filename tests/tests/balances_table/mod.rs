//! What the accounts hold, as a table of PostgreSQL.

use std::collections::BTreeMap;

use cqrs::{Application, prelude::*};
use cqrs_tests::bank::{Account, AccountId, AccountOpened, MoneyCredited, MoneyDebited};

const SCHEMA: &str = "CREATE TABLE balances (account text PRIMARY KEY, balance bigint NOT NULL)";

/// Sums: an event that is applied twice, or never, falsifies one.
#[derive(Projection, Debug)]
#[projection(name = "balances-table", schema = SCHEMA)]
pub struct BalancesTable;

impl BalancesTable {
    async fn add(account: &AccountId, amount: i64, tx: &mut PgTransaction<'_>) -> Result<(), PostgresError> {
        let add = "UPDATE balances SET balance = balance + $2 WHERE account = $1";
        let added = sqlx::query(add).bind(&account.0).bind(amount).execute(&mut **tx).await?;
        if added.rows_affected() == 1 { Ok(()) } else { Err(PostgresError::RowNotFound) }
    }
}

#[event_handler]
impl BalancesTable {
    async fn opened(
        _event: &AccountOpened,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        let open = sqlx::query("INSERT INTO balances VALUES ($1, 0)").bind(&account.0);
        open.execute(&mut **tx).await.map(drop)
    }

    async fn credited(
        event: &MoneyCredited,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        Self::add(&account, event.amount, tx).await
    }

    async fn debited(
        event: &MoneyDebited,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        Self::add(&account, -event.amount, tx).await
    }
}

/// The rows, once the projection has caught up.
pub async fn rows(app: &Application) -> BTreeMap<String, i64> {
    let head = app.store().head().await.expect("the store answers");
    app.wait_for_position::<BalancesTable>(head).await.expect("the projection runs");
    let store = app.store().as_any().downcast_ref::<PostgresStore>().expect("PostgreSQL");
    let rows = sqlx::query_as("SELECT account, balance FROM balances").fetch_all(store.pool()).await;
    rows.expect("the table is there").into_iter().collect()
}
