//! Times as SQL stores keep them: RFC 3339 in UTC with nine decimals, which sort as text.

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};

static PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(9));

/// A time in its stored form.
pub(super) fn text(time: Timestamp) -> String {
    let mut text = String::with_capacity(32);
    // Writing to a string does not fail.
    let _ = PRINTER.print_timestamp(&time, &mut text);
    text
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn times_sort_as_text_and_lose_nothing() {
        let first: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let second = first + SignedDuration::from_nanos(1);
        assert_eq!(text(first), "2026-01-02T03:04:05.000000000Z");
        assert!(text(first) < text(second));
        assert_eq!(text(second).parse::<Timestamp>().unwrap(), second);
    }
}
