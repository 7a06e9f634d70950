//! What the tables hold, whatever store they are in.

use crate::{AccountId, Money, PasswordHash};

/// A row of the table `accounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRow {
    /// Which account.
    pub account: AccountId,
    /// Whose it is.
    pub owner: String,
    /// What is on it.
    pub balance: Money,
    /// How far below zero that may go.
    pub overdraft: Money,
    /// How many credits and debits there were.
    pub bookings: i64,
}

/// All accounts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountTotals {
    /// How many accounts there are.
    pub accounts: i64,
    /// What is on them.
    pub balance: Money,
    /// How many credits and debits there were.
    pub bookings: i64,
}

/// A row of the table `months`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthRow {
    /// Which month, such as `1993-01`.
    pub month: String,
    /// What came in.
    pub credited: Money,
    /// What went out.
    pub debited: Money,
    /// How many credits and debits there were.
    pub bookings: i64,
}

/// A row of the table `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Which account is the user's.
    pub account: AccountId,
    /// The user's name.
    pub owner: String,
    /// Where the user is reached.
    pub email: String,
    /// What the user's password must fit; none until one was set.
    pub password: Option<PasswordHash>,
}
