//! All accounts together.

use std::io::Write;

use bank::read_models::AccountTotals;

use crate::tables::Reading;

pub(super) async fn show(reading: &Reading<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    let AccountTotals { accounts, balance, bookings } = reading.totals().await?;
    writeln!(out, "\n{accounts} accounts, {bookings} bookings, total of all balances {balance:#}")?;
    Ok(())
}
