//! Times as an attribute says them: `"30s"`, and `"1s..10m"` for a range.

use std::time::Duration;

use syn::{Expr, ExprLit, Ident, Lit, LitStr, parse::ParseStream};

use crate::keys::value;

/// What may follow a number, and how many milliseconds it is.
const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// The longest time that is taken for meant: a year.
const LONGEST: u64 = 365 * 86_400_000;

/// The value of a key that is one time.
pub(super) fn duration(key: &Ident, input: ParseStream<'_>) -> syn::Result<Duration> {
    let text = text(key, input, "30s")?;
    one(key, &text, &text.value())
}

/// The value of a key that is a range of times.
pub(super) fn range(key: &Ident, input: ParseStream<'_>) -> syn::Result<(Duration, Duration)> {
    let text = text(key, input, "1s..10m")?;
    let written = text.value();
    let (first, longest) = written.split_once("..").unwrap_or((&written, ""));
    let (first, longest) = (first.trim(), longest.trim().trim_start_matches('='));
    if first.is_empty() || longest.is_empty() {
        let one = format!("{first}{longest}");
        let message = format!(
            "`{key}` goes from the first wait to the longest: write `\"{one}..10m\"`, or `\"{one}..{one}\"` if every wait is the same"
        );
        return Err(syn::Error::new(text.span(), message));
    }
    let times = (one(key, &text, first)?, one(key, &text, longest)?);
    if times.0 > times.1 {
        let message = format!("the first wait is longer than the longest: write `\"{longest}..{first}\"`");
        return Err(syn::Error::new(text.span(), message));
    }
    Ok(times)
}

/// The literal, whatever stands there.
fn text(key: &Ident, input: ParseStream<'_>, example: &str) -> syn::Result<LitStr> {
    match value(key, input)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text),
        other => {
            let message = format!("`{key}` is a text with a unit: write `{key} = \"{example}\"`");
            Err(syn::Error::new_spanned(other, message))
        }
    }
}

/// One time of the text.
fn one(key: &Ident, place: &LitStr, written: &str) -> syn::Result<Duration> {
    milliseconds(written)
        .map_err(|problem| syn::Error::new(place.span(), problem.told(key, written)))
        .map(Duration::from_millis)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    NoNumber,
    NoUnit,
    Zero,
    TooLong,
}

fn milliseconds(written: &str) -> Result<u64, Problem> {
    let end = written.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(written.len());
    let (number, unit) = written.split_at(end);
    if number.is_empty() {
        return Err(Problem::NoNumber);
    }
    let unit = unit.trim_start();
    let (_, each) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(Problem::NoUnit)?;
    let number: u64 = number.parse().map_err(|_| Problem::TooLong)?;
    match number.checked_mul(*each) {
        Some(0) => Err(Problem::Zero),
        Some(milliseconds) if milliseconds <= LONGEST => Ok(milliseconds),
        _ => Err(Problem::TooLong),
    }
}

impl Problem {
    fn told(self, key: &Ident, written: &str) -> String {
        match self {
            Self::NoNumber => {
                format!("`{written}` is no time: write a whole number and a unit, such as `30s`")
            }
            Self::NoUnit => format!(
                "`{written}` has no known unit: write `ms`, `s`, `m`, `h` or `d` after a whole number, such as `30s`"
            ),
            Self::Zero => format!("`{written}` is no time at all: `{key}` is `1ms` at least"),
            Self::TooLong => format!("`{written}` is too long: `{key}` is a year at most, which is `365d`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_whole_number_and_a_unit() {
        let read = ["1ms", "30s", "10m", "24h", "365d", "2 s", "007s"].map(milliseconds);
        assert_eq!(read, [1, 30_000, 600_000, 86_400_000, LONGEST, 2_000, 7_000].map(Ok));
    }

    #[test]
    fn anything_else_is_told_apart() {
        for (written, problem) in [
            ("", Problem::NoNumber),
            ("s", Problem::NoNumber),
            ("-1s", Problem::NoNumber),
            ("30", Problem::NoUnit),
            ("1.5s", Problem::NoUnit),
            ("1m30s", Problem::NoUnit),
            ("30S", Problem::NoUnit),
            ("3 weeks", Problem::NoUnit),
            ("0ms", Problem::Zero),
            ("366d", Problem::TooLong),
            ("18446744073709551616ms", Problem::TooLong),
            ("18446744073709551615d", Problem::TooLong),
        ] {
            assert_eq!(milliseconds(written), Err(problem), "{written}");
        }
    }
}
