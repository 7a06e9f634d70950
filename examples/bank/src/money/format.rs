//! Money as text.

use std::fmt;

use super::Money;

/// `-5446.60`, which parses back; with `{:#}` for people, `-5,446.60`. Width and alignment are kept to.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = self.hundredths().unsigned_abs();
        let (whole, decimals) = ((hundredths / 100).to_string(), hundredths % 100);
        let whole = if formatter.alternate() { grouped(&whole) } else { whole };
        let sign = if self.is_negative() { "-" } else { "" };
        formatter.pad(&format!("{sign}{whole}.{decimals:02}"))
    }
}

/// The digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_parses_back() {
        for hundredths in [0, 1, -1, 99, -100, 544_660, -544_660, i64::MAX, i64::MIN] {
            let money = Money::from_hundredths(hundredths);
            assert_eq!(money.to_string().parse(), Ok(money));
        }
    }

    #[test]
    fn people_get_groups_of_three() {
        let shown = |hundredths| format!("{:#}", Money::from_hundredths(hundredths));
        assert_eq!(shown(3_135_549_610), "31,355,496.10");
        assert_eq!(shown(-544_660), "-5,446.60");
        assert_eq!(shown(99_999), "999.99");
        assert_eq!(format!("{:>8}", Money::from_hundredths(-5)), "   -0.05");
    }
}
