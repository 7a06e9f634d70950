//! What is sold, to how many at once, and what must come of it.

use std::{ops::Range, time::Duration};

use conference::{ConferenceId, OrderId, Price, Seats};

use crate::outcome::Outcome;

/// One conference, and those who all ask for its seats at once.
pub(crate) struct Sale {
    pub(crate) conference: ConferenceId,
    pub(crate) title: &'static str,
    /// What there is.
    pub(crate) offered: Seats,
    pub(crate) price: Price,
    /// The numbers of the orders.
    pub(crate) orders: Range<u32>,
    /// What each asks for.
    pub(crate) wanted: Seats,
    /// How long seats are held for a payment.
    pub(crate) hold: Duration,
    pub(crate) payers: Payers,
    /// What must come of it.
    pub(crate) expected: Outcome,
}

/// When those pay who have got all their seats.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payers {
    InTime,
    /// When their time is over.
    TooLate,
}

/// So long that a file that was kept can be looked at again.
const LONG: Duration = Duration::from_hours(24);

/// The sales, one after the other.
pub(crate) fn all() -> [Sale; 3] {
    [pairs(), two_types(), too_late()]
}

impl Sale {
    pub(crate) fn ids(&self) -> impl Iterator<Item = OrderId> + use<> {
        self.orders.clone().map(OrderId::new)
    }
}

/// 200 ask for 2 seats each, and there are 200.
fn pairs() -> Sale {
    Sale {
        conference: "pairs".into(),
        title: "2 each of 200",
        offered: [("A", 200)].into(),
        price: Price::hundredths(12_500),
        orders: 1..201,
        wanted: [("A", 2)].into(),
        hold: LONG,
        payers: Payers::InTime,
        expected: Outcome {
            complete: 100,
            partial: 100,
            without_seats: 100,
            sold: 200,
            ..Outcome::default()
        },
    }
}

/// 200 ask for one of each type, and there are 50 of one and 150 of the other.
fn two_types() -> Sale {
    Sale {
        conference: "two-types".into(),
        title: "A and B of 50 A, 150 B",
        offered: [("A", 50), ("B", 150)].into(),
        price: Price::hundredths(9_900),
        orders: 201..401,
        wanted: [("A", 1), ("B", 1)].into(),
        hold: LONG,
        payers: Payers::InTime,
        expected: Outcome {
            complete: 50,
            partial: 150,
            without_seats: 50,
            sold: 100,
            held: 100,
            ..Outcome::default()
        },
    }
}

/// 20 ask for 2 seats each, there are 40, and all pay when their time is over.
fn too_late() -> Sale {
    Sale {
        conference: "too-late".into(),
        title: "paid too late",
        offered: [("A", 40)].into(),
        price: Price::hundredths(5_000),
        orders: 401..421,
        wanted: [("A", 2)].into(),
        hold: Duration::from_millis(500),
        payers: Payers::TooLate,
        expected: Outcome { expired: 20, refunds: 20, left: 40, ..Outcome::default() },
    }
}
