//! Facts about an account.

use cqrs::prelude::*;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{EmailAddress, Money, PasswordHash};

/// An account was opened, with nothing on it.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct AccountOpened {
    /// Whose it is.
    pub owner: String,
    /// Where the owner is reached.
    pub email: EmailAddress,
    /// How far below zero the balance may go, as agreed.
    pub overdraft: Money,
}

/// The owner is reached elsewhere from now on.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct EmailAddressChanged {
    /// Where.
    pub email: EmailAddress,
}

/// The owner has another password, or a first one.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct PasswordChanged {
    /// Its hash; nobody keeps the password itself.
    pub hash: PasswordHash,
}

/// Money came in.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct MoneyCredited {
    /// How much; above zero.
    pub amount: Money,
    /// The day it was booked on, which may be long before the event was recorded.
    pub booked_on: Date,
    /// In which way, such as `cash deposit`.
    pub operation: String,
}

/// Money went out.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct MoneyDebited {
    /// How much; above zero.
    pub amount: Money,
    /// The day it was booked on, which may be long before the event was recorded.
    pub booked_on: Date,
    /// In which way, such as `cash withdrawal`.
    pub operation: String,
}
