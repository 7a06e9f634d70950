//! The accounts as a table.

use std::io::Write;

use crate::tables::Reading;

/// How many accounts are shown unless all are asked for.
const SOME: u32 = 20;

pub(super) async fn show(reading: &Reading<'_>, all: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let rows = reading.accounts(if all { u32::MAX } else { SOME }).await?;
    let there_are = reading.totals().await?.accounts;
    let owners = rows.iter().map(|row| row.owner.chars().count()).max().unwrap_or(0).max("owner".len());
    writeln!(
        out,
        "{:>10}  {:<owners$}  {:>16}  {:>10}  {:>8}",
        "account", "owner", "balance", "overdraft", "bookings"
    )?;
    for row in &rows {
        let (account, owner, bookings) = (row.account.number(), printable(&row.owner), row.bookings);
        let (balance, overdraft) = (row.balance, row.overdraft);
        writeln!(out, "{account:>10}  {owner:<owners$}  {balance:>#16}  {overdraft:>#10}  {bookings:>8}")?;
    }
    let more = there_are - i64::try_from(rows.len())?;
    if more > 0 {
        writeln!(out, "{:>10}  and {more} more; --all shows them", "...")?;
    }
    Ok(())
}

/// The text without what could move the cursor.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect()
}
