//! How the facts add up to the account.

use cqrs::prelude::*;

use crate::Money;

use super::{Account, AccountOpened, EmailAddressChanged, MoneyCredited, MoneyDebited, PasswordChanged};

#[event_handler]
impl Account {
    fn opened(event: &AccountOpened) -> Self {
        let AccountOpened { owner, email, overdraft } = event.clone();
        Self { owner, email, password: None, balance: Money::ZERO, overdraft }
    }

    fn email_changed(&mut self, event: &EmailAddressChanged) {
        self.email = event.email.clone();
    }

    fn password_changed(&mut self, event: &PasswordChanged) {
        self.password = Some(event.hash.clone());
    }

    fn credited(&mut self, event: &MoneyCredited) {
        self.balance += event.amount;
    }

    fn debited(&mut self, event: &MoneyDebited) {
        self.balance -= event.amount;
    }
}
