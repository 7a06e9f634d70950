//! Looking at the bank: accounts, months, the total, and whether it agrees with a file.

mod accounts;
mod chart;
mod check;
mod totals;

use std::{io::Write, path::Path};

use anyhow::bail;

use crate::{Verdict, opening::Bank, place::StoreAddress};

/// Shows the bank; `false` if it was compared with a file and does not agree.
pub(crate) async fn run(
    store: &StoreAddress,
    check: Option<&Path>,
    all: bool,
    out: &mut impl Write,
) -> Verdict {
    if !store.may_exist()? {
        bail!("there is no file {store}; `bank import FILE --db PATH` makes one");
    }
    let bank = Bank::open(store).await?;
    bank.catch_up().await?;
    let reading = bank.read();
    accounts::show(&reading, all, out).await?;
    chart::show(&reading, all, out).await?;
    totals::show(&reading, out).await?;
    let agrees = match check {
        Some(file) => check::run(&reading, file, out).await?,
        None => true,
    };
    bank.close().await?;
    Ok(agrees)
}
