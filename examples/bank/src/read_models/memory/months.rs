//! What was booked month by month.

use std::collections::BTreeMap;

use cqrs::prelude::*;
use jiff::civil::Date;

use crate::{
    Money,
    account::{MoneyCredited, MoneyDebited},
    read_models::rows::MonthRow,
};

/// What the table `months` holds elsewhere.
#[derive(Projection, Debug, Default)]
#[projection(name = "months")]
pub struct Months {
    rows: BTreeMap<String, MonthRow>,
}

#[event_handler]
impl Months {
    fn credited(&mut self, event: &MoneyCredited) {
        self.book(event.booked_on, event.amount, Money::ZERO);
    }

    fn debited(&mut self, event: &MoneyDebited) {
        self.book(event.booked_on, Money::ZERO, event.amount);
    }
}

impl Months {
    fn book(&mut self, day: Date, credited: Money, debited: Money) {
        let month = day.strftime("%Y-%m").to_string();
        let none =
            MonthRow { month: month.clone(), credited: Money::ZERO, debited: Money::ZERO, bookings: 0 };
        let row = self.rows.entry(month).or_insert(none);
        row.credited += credited;
        row.debited += debited;
        row.bookings += 1;
    }

    /// Every month in which something was booked, in order.
    pub fn all(&self) -> impl Iterator<Item = &MonthRow> {
        self.rows.values()
    }
}
