//! All accounts together.

use std::io::Write;

use bank::read_models::sqlite::{AccountTotals, AccountsTable};
use cqrs::store::sqlite::SqliteStore;

pub(super) async fn show(store: &SqliteStore, out: &mut impl Write) -> anyhow::Result<()> {
    let AccountTotals { accounts, balance, bookings } = AccountsTable::totals(store).await?;
    writeln!(out, "\n{accounts} accounts, {bookings} bookings, total of all balances {balance:#}")?;
    Ok(())
}
