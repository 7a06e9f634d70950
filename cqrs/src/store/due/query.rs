//! Which of what waits is wanted.

use jiff::Timestamp;

use super::{Due, DueKind};

/// Which of what waits is wanted, earliest first; of what is due at one time, by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueQuery {
    /// Of this kind.
    pub kind: DueKind,
    /// For these owners. Rows of others cost nothing, however many there are.
    pub owners: Vec<String>,
    /// Due by then; `None` means whenever it is due.
    pub until: Option<Timestamp>,
    /// After this time and key: where the page before ended.
    pub after: Option<(Timestamp, String)>,
}

impl DueQuery {
    /// Returns the query for everything of a kind that waits for these owners.
    pub fn of(kind: DueKind, owners: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { kind, owners: owners.into_iter().map(Into::into).collect(), until: None, after: None }
    }

    /// Restricts the query to what is due by a time.
    #[must_use]
    pub fn until(self, time: Timestamp) -> Self {
        Self { until: Some(time), ..self }
    }

    /// Restricts the query to what comes after the last row of a page.
    #[must_use]
    pub fn after(self, last: &Due) -> Self {
        Self { after: Some((last.due, last.key.key.clone())), ..self }
    }
}
