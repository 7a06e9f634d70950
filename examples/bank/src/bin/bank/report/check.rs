//! Whether the accounts agree with the balances a file prints.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
    path::Path,
};

use anyhow::Context;
use bank::{AccountId, Money};
use tokio::task::spawn_blocking;

use crate::{
    Verdict,
    file::{BadRow, Bookings, Row},
    tables::Reading,
};

/// The operation of the rows the bank rounds when it prints.
const INTEREST: &str = "interest";
/// How far off each of them may bring the printed balance, in hundredths.
const ROUNDING: u64 = 10;

/// What a file says about one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Printed {
    /// The last balance.
    balance: Money,
    /// How many rows were rounded.
    rounded: u64,
}

/// What a file says, and how many of its rows say nothing.
#[derive(Debug, Default)]
struct Statement {
    accounts: BTreeMap<AccountId, Printed>,
    bad_rows: u64,
}

/// Compares every account of the file, and lists those that are off; `false` if there are any, or rows that cannot
/// be read.
pub(super) async fn run(reading: &Reading<'_>, file: &Path, out: &mut impl Write) -> Verdict {
    let path = file.to_owned();
    let statement =
        spawn_blocking(move || Statement::read(&path)).await.context("reading was interrupted")??;
    let balances = reading.balances().await?;
    let mut off = 0;
    for (account, printed) in &statement.accounts {
        if let Some(difference) = printed.differs(*account, &balances) {
            off += 1;
            writeln!(out, "  {difference}")?;
        }
    }
    let agree = statement.accounts.len() - off;
    writeln!(out, "{agree} of {} accounts agree with {}", statement.accounts.len(), file.display())?;
    if statement.bad_rows > 0 {
        writeln!(out, "{} bad rows could not be compared", statement.bad_rows)?;
    }
    Ok(off == 0 && statement.bad_rows == 0)
}

impl Statement {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let (mut bookings, mut statement) = (Bookings::open(path)?, Self::default());
        while let Some(row) = bookings.next()? {
            match row {
                Ok(row) => statement.add(&row),
                Err((line, bad)) => statement.add_bad(path, line, &bad),
            }
        }
        Ok(statement)
    }

    fn add(&mut self, row: &Row) {
        let printed =
            self.accounts.entry(row.account).or_insert(Printed { balance: row.balance, rounded: 0 });
        printed.balance = row.balance;
        printed.rounded += u64::from(row.operation == INTEREST);
    }

    fn add_bad(&mut self, path: &Path, line: u64, bad: &BadRow) {
        self.bad_rows += 1;
        eprintln!("{}:{line}: {bad}", path.display());
    }
}

impl Printed {
    /// What is wrong with the account, if anything is.
    fn differs(&self, account: AccountId, balances: &HashMap<AccountId, Money>) -> Option<String> {
        let Some(balance) = balances.get(&account) else {
            return Some(format!(
                "account {account}: {:#} printed, but there is no such account",
                self.balance
            ));
        };
        let (off, allowed) = (balance.distance(self.balance), self.rounded.saturating_mul(ROUNDING));
        (off > allowed).then(|| {
            let allowed = Money::from_hundredths(i64::try_from(allowed).unwrap_or(i64::MAX));
            format!(
                "account {account}: {:#} printed, {balance:#} here; {allowed:#} may be rounding",
                self.balance
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differs(printed: i64, rounded: u64, here: i64) -> bool {
        let printed = Printed { balance: Money::from_hundredths(printed), rounded };
        let balances = HashMap::from([(AccountId::new(1), Money::from_hundredths(here))]);
        printed.differs(AccountId::new(1), &balances).is_some()
    }

    #[test]
    fn each_interest_row_may_be_rounded_by_ten_hundredths() {
        assert!(!differs(-1_000, 0, -1_000));
        assert!(differs(-1_000, 0, -1_001));
        assert!(!differs(1_000, 2, 1_020) && !differs(1_000, 2, 980));
        assert!(differs(1_000, 2, 1_021) && differs(1_000, 2, 979));
    }

    #[test]
    fn an_account_that_is_not_there_is_off() {
        let printed = Printed { balance: Money::ZERO, rounded: 9 };
        assert!(printed.differs(AccountId::new(1), &HashMap::new()).is_some());
    }
}
