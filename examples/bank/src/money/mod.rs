//! Money, exact.

mod format;
mod parse;

use std::ops::{AddAssign, SubAssign};

use serde::{Deserialize, Serialize};

pub use parse::InvalidMoney;

/// An amount of the bank's one currency, in hundredths; there is no floating point in this bank.
///
/// Stored as the whole number of hundredths, so that SQL can add it up: `sum(payload ->> '$.amount')`. Written
/// `-5446.60`, or with the alternate form `{:#}` as `-5,446.60`.
///
/// ```
/// use bank::Money;
///
/// let amount: Money = "-5446.60".parse()?;
/// assert_eq!(amount.hundredths(), -544_660);
/// assert_eq!(format!("{amount} {amount:#}"), "-5446.60 -5,446.60");
/// # Ok::<_, bank::money::InvalidMoney>(())
/// ```
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// None.
    pub const ZERO: Self = Self(0);
    /// The most there can be.
    pub const MAX: Self = Self(i64::MAX);

    /// This many hundredths.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// How many hundredths it is.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The sum; `None` if it is more than can be expressed.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference; `None` if it is more than can be expressed.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// How far apart two amounts are, in hundredths; always expressible.
    pub const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

/// For sums known to be expressible: a command is refused where they would not be.
impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

/// For differences known to be expressible: a command is refused where they would not be.
impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_stored_as_a_whole_number() {
        assert_eq!(serde_json::to_string(&Money(-544_660)).unwrap(), "-544660");
        assert_eq!(serde_json::from_str::<Money>("1250").unwrap(), Money(1_250));
        assert!(serde_json::from_str::<Money>("12.5").is_err());
    }

    #[test]
    fn sums_that_cannot_be_expressed_are_none() {
        assert_eq!(Money::MAX.checked_add(Money(1)), None);
        assert_eq!(Money(i64::MIN).checked_sub(Money(1)), None);
        assert_eq!(Money(i64::MIN).distance(Money::MAX), u64::MAX);
    }
}
