//! The read models.

use std::io::Write;

use crate::tables::Reading;

pub(super) async fn users(reading: &Reading<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "\nread model `users`")?;
    for user in reading.users().await? {
        let password = if user.password.is_some() { "set" } else { "none" };
        writeln!(out, "  {}  {:<6} {:<18}  password {password}", user.account, user.owner, user.email)?;
    }
    Ok(())
}

pub(super) async fn accounts(reading: &Reading<'_>, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "\nread model `accounts`")?;
    for row in reading.accounts(u32::MAX).await? {
        let (account, owner, balance, overdraft) = (row.account, row.owner, row.balance, row.overdraft);
        writeln!(out, "  {account}  {owner:<6} {balance:>#10}  overdraft {overdraft:#}")?;
    }
    Ok(())
}
