//! What is on every account.

use std::collections::HashMap;

use cqrs::prelude::*;

use crate::{
    Account, AccountId, Money,
    account::{AccountOpened, MoneyCredited, MoneyDebited},
};

/// What is on every account, at hand.
#[derive(Projection, Debug, Default)]
pub struct Balances {
    by_account: HashMap<AccountId, Money>,
}

#[event_handler]
impl Balances {
    fn opened(&mut self, _event: &AccountOpened, account: Id<Account>) {
        self.by_account.insert(*account, Money::ZERO);
    }

    fn credited(&mut self, event: &MoneyCredited, account: Id<Account>) {
        *self.by_account.entry(*account).or_default() += event.amount;
    }

    fn debited(&mut self, event: &MoneyDebited, account: Id<Account>) {
        *self.by_account.entry(*account).or_default() -= event.amount;
    }
}

impl Balances {
    /// What is on an account; `None` if there is no such account.
    pub fn of(&self, account: AccountId) -> Option<Money> {
        self.by_account.get(&account).copied()
    }
}
