//! The account: what happened to it, what is asked of it, and how it decides.

mod commands;
mod deciding;
mod events;
mod folding;
mod id;

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{EmailAddress, Money, PasswordHash};

pub use commands::{ChangeEmailAddress, ChangePassword, CreditAccount, DebitAccount, OpenAccount};
pub use events::{AccountOpened, EmailAddressChanged, MoneyCredited, MoneyDebited, PasswordChanged};
pub use id::AccountId;

/// An account, as its events left it.
#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[aggregate(id = AccountId)]
pub struct Account {
    owner: String,
    email: EmailAddress,
    /// None until the owner has set a password.
    password: Option<PasswordHash>,
    balance: Money,
    /// How far the balance may go below zero; never negative.
    overdraft: Money,
}

impl Account {
    /// Whose account it is.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// Where the owner is reached.
    pub fn email(&self) -> &EmailAddress {
        &self.email
    }

    /// The hash of the owner's password; none until one was set.
    pub fn password(&self) -> Option<&PasswordHash> {
        self.password.as_ref()
    }

    /// What is on it; below zero as far as the overdraft goes.
    pub fn balance(&self) -> Money {
        self.balance
    }

    /// How far the balance may go below zero.
    pub fn overdraft(&self) -> Money {
        self.overdraft
    }
}
