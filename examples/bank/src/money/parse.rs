//! Money from text.

use std::str::FromStr;

use super::Money;

/// Why a text is not money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMoney {
    /// It is not digits, perhaps with a sign before and a point within.
    #[error("`{0}` is not an amount of money such as 900.00")]
    NotANumber(String),
    /// There is nothing smaller than a hundredth.
    #[error("`{0}` has more than two decimals")]
    TooFine(String),
    /// It is more than can be expressed.
    #[error("`{0}` is more than can be expressed")]
    TooLarge(String),
}

/// Takes `900`, `900.5`, `900.50`, `+900.50` and `-900.50`. Everything else is refused rather than guessed at: a
/// comma, a space, a third decimal, an exponent.
impl FromStr for Money {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, decimals) = match digits.split_once('.') {
            Some((whole, decimals)) if is_number(decimals) => (whole, decimals),
            None => (digits, ""),
            Some(_) => return Err(InvalidMoney::NotANumber(text.to_owned())),
        };
        if !is_number(whole) {
            return Err(InvalidMoney::NotANumber(text.to_owned()));
        }
        if decimals.len() > 2 {
            return Err(InvalidMoney::TooFine(text.to_owned()));
        }
        // Both parts are digits: only their size can be wrong. Counting below zero reaches every amount.
        let below = format!("-{whole}{decimals:0<2}").parse::<i64>().ok();
        let hundredths = if negative { below } else { below.and_then(i64::checked_neg) };
        hundredths.map(Self).ok_or_else(|| InvalidMoney::TooLarge(text.to_owned()))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<i64, InvalidMoney> {
        text.parse::<Money>().map(Money::hundredths)
    }

    #[test]
    fn amounts_are_read_exactly() {
        for (text, hundredths) in [
            ("900", 90_000),
            ("900.5", 90_050),
            ("900.05", 90_005),
            ("0.01", 1),
            ("-0.01", -1),
            ("+1.00", 100),
            ("-5446.60", -544_660),
            ("007", 700),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
        ] {
            assert_eq!(parsed(text), Ok(hundredths), "{text}");
        }
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in
            ["", "-", ".", "5.", ".5", "--5", "+-5", "1,50", "1 000", "1e3", "0x1", "NaN", "٣", "5.-1"]
        {
            assert_eq!(parsed(text), Err(InvalidMoney::NotANumber(text.to_owned())), "{text}");
        }
        assert_eq!(parsed("1.005"), Err(InvalidMoney::TooFine("1.005".to_owned())));
        for text in ["92233720368547758.08", "-92233720368547758.09", "99999999999999999999999"] {
            assert_eq!(parsed(text), Err(InvalidMoney::TooLarge(text.to_owned())), "{text}");
        }
    }
}
