//! Why the bank says no.

use crate::{Money, password::HashingError};

/// Why the bank refuses a command. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BankError {
    /// An account must belong to somebody.
    #[error("an account needs an owner")]
    NoOwner,
    /// An overdraft is how far the balance may go below zero, and that is not below nothing.
    #[error("an overdraft of {overdraft} makes no sense; it must be zero or more")]
    NegativeOverdraft {
        /// What was asked for.
        overdraft: Money,
    },
    /// Only amounts above zero are booked; the direction is that of the command.
    #[error("an amount of {amount} cannot be booked; it must be above zero")]
    NotPositive {
        /// The amount.
        amount: Money,
    },
    /// The debit would take the balance further below zero than was agreed.
    #[error("a debit of {amount} exceeds the balance of {balance} and the agreed overdraft of {overdraft}")]
    OverdraftExceeded {
        /// What should be taken out.
        amount: Money,
        /// What there is.
        balance: Money,
        /// How far below zero the balance may go.
        overdraft: Money,
    },
    /// The balance would be more than the bank can count.
    #[error("a credit of {amount} on top of {balance} is more than the bank can count")]
    TooMuch {
        /// What should be put in.
        amount: Money,
        /// What there is.
        balance: Money,
    },
    /// The password could not be hashed.
    #[error("the password could not be hashed")]
    Hashing(#[from] HashingError),
}
