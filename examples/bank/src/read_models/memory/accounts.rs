//! The accounts and what is on them.

use std::collections::BTreeMap;

use cqrs::prelude::*;

use crate::{
    Account, AccountId, Money,
    account::{AccountOpened, MoneyCredited, MoneyDebited},
    read_models::rows::{AccountRow, AccountTotals},
};

/// What the table `accounts` holds elsewhere.
#[derive(Projection, Debug, Default)]
#[projection(name = "accounts")]
pub struct Accounts {
    rows: BTreeMap<AccountId, AccountRow>,
}

#[event_handler]
impl Accounts {
    fn opened(&mut self, event: &AccountOpened, account: Id<Account>) {
        let (owner, overdraft) = (event.owner.clone(), event.overdraft);
        let row = AccountRow { account: *account, owner, balance: Money::ZERO, overdraft, bookings: 0 };
        self.rows.insert(*account, row);
    }

    fn credited(&mut self, event: &MoneyCredited, account: Id<Account>) {
        self.book(*account, |balance| *balance += event.amount);
    }

    fn debited(&mut self, event: &MoneyDebited, account: Id<Account>) {
        self.book(*account, |balance| *balance -= event.amount);
    }
}

impl Accounts {
    fn book(&mut self, account: AccountId, change: impl FnOnce(&mut Money)) {
        if let Some(row) = self.rows.get_mut(&account) {
            change(&mut row.balance);
            row.bookings += 1;
        }
    }

    /// All accounts by number.
    pub fn all(&self) -> impl Iterator<Item = &AccountRow> {
        self.rows.values()
    }

    /// All accounts together; `None` if the total is more than can be expressed.
    pub fn totals(&self) -> Option<AccountTotals> {
        let none = AccountTotals { accounts: 0, balance: Money::ZERO, bookings: 0 };
        self.all().try_fold(none, |sum, row| {
            let balance = sum.balance.checked_add(row.balance)?;
            Some(AccountTotals { accounts: sum.accounts + 1, balance, bookings: sum.bookings + row.bookings })
        })
    }
}
