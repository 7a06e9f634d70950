//! Where every process stands, as a table beside the log.

use std::{collections::BTreeMap, ops::Bound};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::{Position, StreamId, Version};

/// Where one process stands: what it takes to list processes without reading their streams.
///
/// It follows from the process's stream, and changes in the settlement by which a trigger is done
/// ([`Settlement::processes`](super::Settlement::processes)). Of two rows of a process the one of the higher version is true,
/// whoever writes it, and in whatever order they come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRow {
    /// Which process, by its stream.
    pub process: StreamId,
    /// Whether it has ended.
    pub ended: bool,
    /// The version of its last step in its stream.
    pub version: Version,
    /// Where its last step stands in the log.
    pub position: Position,
    /// When the next of its timers is due; `None` if none is pending.
    pub next_due: Option<Timestamp>,
}

/// Which processes are wanted: those of one category that run, or those that have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessQuery {
    /// The category of their streams.
    pub category: String,
    /// Whether those are wanted that have ended.
    pub ended: bool,
    /// The key of the last one of the page before.
    pub after: Option<String>,
}

/// How many processes of a category there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProcessCounts {
    /// How many run.
    pub running: u64,
    /// How many have ended.
    pub ended: u64,
}

impl ProcessQuery {
    /// The processes of a category that run.
    pub fn running(category: impl Into<String>) -> Self {
        Self { category: category.into(), ended: false, after: None }
    }

    /// The processes of a category that have ended.
    pub fn ended(category: impl Into<String>) -> Self {
        Self { ended: true, ..Self::running(category) }
    }

    /// Those after the last one of a page.
    #[must_use]
    pub fn after(self, last: &ProcessRow) -> Self {
        Self { after: Some(last.process.key().to_owned()), ..self }
    }

    /// Returns whether a process is wanted.
    pub fn matches(&self, row: &ProcessRow) -> bool {
        row.process.category() == self.category
            && row.ended == self.ended
            && self.after.as_ref().is_none_or(|after| row.process.key() > after.as_str())
    }
}

/// The rules of the rows of processes as plain code, for a store that keeps such a value and changes it in transactions.
///
/// ```
/// use cqrs::{Position, StreamId, Version, store::{KeptProcesses, ProcessQuery, ProcessRow}};
///
/// let process = StreamId::new("process/registration", "7");
/// let row = ProcessRow { process, ended: false, version: Version::new(3), position: Position::new(9), next_due: None };
/// let mut kept = KeptProcesses::default();
/// kept.keep(ProcessRow { ended: true, version: Version::new(4), ..row.clone() });
/// kept.keep(row); // It comes late, and changes nothing.
/// assert_eq!(kept.page(&ProcessQuery::ended("process/registration"), 10).len(), 1);
/// assert_eq!(kept.counts("process/registration").running, 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptProcesses(BTreeMap<StreamId, ProcessRow>);

impl KeptProcesses {
    /// Keeps a row, unless there is one of the same version or a higher one.
    pub fn keep(&mut self, row: ProcessRow) {
        let newer = |kept: &ProcessRow| row.version > kept.version;
        if self.0.get(&row.process).is_none_or(newer) {
            self.0.insert(row.process.clone(), row);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all rows out.
    pub(crate) fn take(&mut self) -> Vec<ProcessRow> {
        std::mem::take(&mut self.0).into_values().collect()
    }

    /// Returns the first rows that a query wants, `limit` at most, by key.
    pub fn page(&self, query: &ProcessQuery, limit: usize) -> Vec<ProcessRow> {
        let begin = StreamId::new(query.category.as_str(), query.after.as_deref().unwrap_or_default());
        let rows = self.0.range((Bound::Included(begin), Bound::Unbounded)).map(|(_, row)| row);
        let of_category = rows.take_while(|row| row.process.category() == query.category);
        of_category.filter(|row| query.matches(row)).take(limit).cloned().collect()
    }

    /// Returns how many there are of a category.
    pub fn counts(&self, category: &str) -> ProcessCounts {
        let mut counts = ProcessCounts::default();
        let begin = StreamId::new(category, "");
        let rows = self.0.range(begin..).map(|(_, row)| row);
        rows.take_while(|row| row.process.category() == category).for_each(|row| counts.count(row));
        counts
    }
}

impl ProcessCounts {
    /// Counts one more.
    pub(crate) fn count(&mut self, row: &ProcessRow) {
        let count = if row.ended { &mut self.ended } else { &mut self.running };
        *count += 1;
    }
}
