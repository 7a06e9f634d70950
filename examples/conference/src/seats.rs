//! The words that all contexts share: types of seats, how many of each, and what they cost.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// A type of seats of a conference, such as `A`.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(transparent)]
pub struct SeatType(String);

/// How much money, in hundredths.
#[derive(Serialize, Deserialize, Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
pub struct Price(u64);

/// How many seats of each type. A type of which there are none is not in it.
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
#[serde(transparent)]
pub struct Seats(BTreeMap<SeatType, u32>);

impl From<&str> for SeatType {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for SeatType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

impl Price {
    /// Nothing.
    pub const FREE: Self = Self(0);

    /// So many hundredths.
    pub const fn hundredths(hundredths: u64) -> Self {
        Self(hundredths)
    }

    /// What so many cost. More than can be counted is the most that can be.
    #[must_use]
    pub const fn times(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(quantity as u64))
    }
}

impl std::iter::Sum for Price {
    fn sum<I: Iterator<Item = Self>>(prices: I) -> Self {
        Self(prices.fold(0, |sum, price| sum.saturating_add(price.0)))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

impl Seats {
    /// None at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// How many there are of a type.
    pub fn of(&self, seat_type: &SeatType) -> u32 {
        self.0.get(seat_type).copied().unwrap_or(0)
    }

    /// How many there are of all types.
    pub fn count(&self) -> u32 {
        self.0.values().fold(0, |sum, quantity| sum.saturating_add(*quantity))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each type that is in it, and how many.
    pub fn iter(&self) -> impl Iterator<Item = (&SeatType, u32)> {
        self.0.iter().map(|(seat_type, quantity)| (seat_type, *quantity))
    }

    /// Each seat, by its type.
    pub fn each(&self) -> impl Iterator<Item = &SeatType> {
        self.iter().flat_map(|(seat_type, quantity)| (0..quantity).map(move |_| seat_type))
    }
}

impl FromIterator<(SeatType, u32)> for Seats {
    fn from_iter<I: IntoIterator<Item = (SeatType, u32)>>(seats: I) -> Self {
        Self(seats.into_iter().filter(|(_, quantity)| *quantity > 0).collect())
    }
}

impl<const N: usize> From<[(&str, u32); N]> for Seats {
    fn from(seats: [(&str, u32); N]) -> Self {
        seats.into_iter().map(|(name, quantity)| (SeatType::from(name), quantity)).collect()
    }
}

impl fmt::Display for Seats {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut texts = self.iter().map(|(seat_type, quantity)| format!("{quantity} {seat_type}"));
        let text = texts.next().map_or_else(
            || "none".to_owned(),
            |first| texts.fold(first, |all, next| format!("{all}, {next}")),
        );
        formatter.pad(&text)
    }
}
