//! What may be asked of an account.

use cqrs::prelude::*;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{AccountId, EmailAddress, Money, Password};

/// Open an account.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct OpenAccount {
    /// Under which number.
    #[command(id)]
    pub account: AccountId,
    /// For whom; not empty.
    pub owner: String,
    /// Where the owner is reached.
    pub email: EmailAddress,
    /// How far below zero the balance may go; zero or more.
    pub overdraft: Money,
}

/// Reach the owner elsewhere from now on.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct ChangeEmailAddress {
    /// Which account.
    #[command(id)]
    pub account: AccountId,
    /// Where.
    pub email: EmailAddress,
}

/// Give the owner another password, or a first one.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct ChangePassword {
    /// Which account.
    #[command(id)]
    pub account: AccountId,
    /// The password itself; its hash is what is kept.
    pub password: Password,
}

/// Put money in.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CreditAccount {
    /// Which account.
    #[command(id)]
    pub account: AccountId,
    /// How much; above zero.
    pub amount: Money,
    /// The day it is booked on.
    pub booked_on: Date,
    /// In which way, such as `cash deposit`.
    pub operation: String,
}

/// Take money out.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct DebitAccount {
    /// Which account.
    #[command(id)]
    pub account: AccountId,
    /// How much; above zero.
    pub amount: Money,
    /// The day it is booked on.
    pub booked_on: Date,
    /// In which way, such as `cash withdrawal`.
    pub operation: String,
}
