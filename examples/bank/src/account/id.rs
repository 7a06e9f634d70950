//! Which account.

use cqrs::AggregateId;
use serde::{Deserialize, Serialize};

/// The number of an account.
#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct AccountId(u32);

impl AccountId {
    /// The account with this number.
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }
}
