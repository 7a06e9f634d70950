//! Which of many dead letters are meant.

use jiff::Timestamp;

use crate::store::DeadLetter;

/// Which of many dead letters are meant: all whose event failed, unless something more is said. Those that wait behind such a
/// one are dealt with after it, in their order.
///
/// ```
/// use cqrs::application::LetterFilter;
///
/// let of_the_outage = LetterFilter::all().error("the mail server is away").since("2026-03-01T02:00:00Z".parse()?);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a filter is for `retry_all` and `skip_all`"]
pub struct LetterFilter {
    error: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl LetterFilter {
    /// Returns the filter that every letter passes.
    pub fn all() -> Self {
        Self::default()
    }

    /// Restricts it to errors that contain a text.
    pub fn error(self, text: impl Into<String>) -> Self {
        Self { error: Some(text.into()), ..self }
    }

    /// Restricts it to letters that were put here at a time or later.
    pub fn since(self, time: Timestamp) -> Self {
        Self { since: Some(time), ..self }
    }

    /// Restricts it to letters that were put here before a time.
    pub fn until(self, time: Timestamp) -> Self {
        Self { until: Some(time), ..self }
    }

    pub(super) fn passes(&self, letter: &DeadLetter) -> bool {
        self.error.as_ref().is_none_or(|text| letter.error.contains(text))
            && self.since.is_none_or(|time| letter.time >= time)
            && self.until.is_none_or(|time| letter.time < time)
    }
}
