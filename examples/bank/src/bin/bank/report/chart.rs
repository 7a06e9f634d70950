//! What came in and went out, month by month.

use std::{io::Write, iter};

use anyhow::Context;
use bank::{Money, read_models::MonthRow};

use crate::tables::Reading;

/// How many months are shown, the latest, unless all are asked for.
const SOME: usize = 24;
/// How long the longest bar is, in characters.
const LONGEST: u128 = 40;

pub(super) async fn show(reading: &Reading<'_>, all: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let months = reading.months().await?;
    draw(&months, if all { months.len() } else { SOME }, out)
}

fn draw(months: &[MonthRow], latest: usize, out: &mut impl Write) -> anyhow::Result<()> {
    let amounts = months.iter().flat_map(|month| [month.credited, month.debited]);
    let most = amounts.max().unwrap_or(Money::ZERO);
    let earlier = months.len().saturating_sub(latest);
    writeln!(out, "\nmonth by month: + came in, - went out, = balance of all accounts at the end")?;
    if earlier > 0 {
        writeln!(out, "     ...  after {earlier} earlier months; --all shows them")?;
    }
    let mut balance = Money::ZERO;
    for (index, month) in months.iter().enumerate() {
        let after = balance.checked_add(month.credited).and_then(|sum| sum.checked_sub(month.debited));
        balance = after.context("the balance of all accounts is more than can be expressed")?;
        if index >= earlier {
            writeln!(out, "{:>8}  + {:>#16}{}", month.month, month.credited, bar(month.credited, most, '█'))?;
            writeln!(out, "{:>8}  - {:>#16}{}", "", month.debited, bar(month.debited, most, '░'))?;
            writeln!(out, "{:>8}  = {balance:>#16}", "")?;
        }
    }
    Ok(())
}

/// A bar in proportion to the longest, after a space; the least amount above zero still shows, and none has no bar.
fn bar(amount: Money, most: Money, character: char) -> String {
    let (amount, most) =
        (u128::from(amount.distance(Money::ZERO)), u128::from(most.distance(Money::ZERO)).max(1));
    let length = (amount * LONGEST).div_ceil(most).min(LONGEST);
    let bar = iter::repeat_n(character, usize::try_from(length).unwrap_or_default());
    if length == 0 { String::new() } else { iter::once(' ').chain(bar).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(month: &str, credited: i64, debited: i64) -> MonthRow {
        let (credited, debited) = (Money::from_hundredths(credited), Money::from_hundredths(debited));
        MonthRow { month: month.to_owned(), credited, debited, bookings: 1 }
    }

    #[test]
    fn bars_are_in_proportion_and_balances_run_on() {
        let mut drawn = Vec::new();
        draw(&[month("1993-01", 4_000, 1), month("1993-02", 2_000, 7_000)], 1, &mut drawn).unwrap();
        let drawn = String::from_utf8(drawn).unwrap();
        assert!(drawn.contains("after 1 earlier months") && !drawn.contains("1993-01"), "{drawn}");
        assert!(drawn.contains("= ") && drawn.contains("-10.01"), "{drawn}");
        assert_eq!(drawn.matches('█').count(), 12, "{drawn}");
        assert_eq!(drawn.matches('░').count(), 40, "{drawn}");
    }

    #[test]
    fn the_least_amount_still_shows_and_none_does_not() {
        assert_eq!(bar(Money::from_hundredths(1), Money::MAX, '#'), " #");
        assert_eq!(bar(Money::ZERO, Money::MAX, '#'), "");
        assert_eq!(bar(Money::ZERO, Money::ZERO, '#'), "");
    }
}
