//! Looking at the bank: accounts, months, the total, and whether it agrees with a file.

mod accounts;
mod chart;
mod check;
mod totals;

use std::{io::Write, path::Path};

use anyhow::bail;

use crate::{Verdict, opening::Bank};

/// Shows the bank; `false` if it was compared with a file and does not agree.
pub(crate) async fn run(db: &Path, check: Option<&Path>, all: bool, out: &mut impl Write) -> Verdict {
    if !db.try_exists()? {
        bail!("there is no file {}; `bank import FILE --db PATH` makes one", db.display());
    }
    let bank = Bank::open(db).await?;
    bank.catch_up().await?;
    accounts::show(&bank.store, all, out).await?;
    chart::show(&bank.store, all, out).await?;
    totals::show(&bank.store, out).await?;
    let agrees = match check {
        Some(file) => check::run(&bank.store, file, out).await?,
        None => true,
    };
    bank.close().await?;
    Ok(agrees)
}
