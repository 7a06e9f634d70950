//! What the roots of one attempt at a command have recorded, so that none of it is forgotten.
//!
//! Invariants:
//! - An event is in the ledger before it is pending on its root. So what was recorded is known when the handler has
//!   returned, whatever became of the root: dropped, forgotten, or kept by another task.
//! - Once the ledger is closed, nothing more can be recorded. It is closed in the same step that decides whether
//!   everything is accounted for, and when the attempt ends in any other way.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use crate::{
    message::{StreamId, Version},
    store::{Expected, StoreError, StreamWrite},
};

use super::{DecisionError, LoadError, missing::Carried};

/// The ledger of one attempt, which all its repositories and their roots share.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Default)]
struct Book {
    closed: bool,
    lines: Vec<Line>,
    failed: Option<StoreError>,
    missing: Vec<(StreamId, Weak<Carried>)>,
}

/// What is known of one root.
struct Line {
    stream: StreamId,
    version: Version,
    recorded: Vec<&'static str>,
    guarded: bool,
    returned: bool,
}

/// A root's place in its ledger.
#[derive(Clone)]
pub(crate) struct Entry {
    ledger: Arc<Ledger>,
    line: usize,
}

impl Ledger {
    /// Enters a root that was loaded at this version.
    pub(super) fn enter(self: &Arc<Self>, stream: StreamId, version: Version) -> Entry {
        let mut book = self.book();
        let line = book.lines.len();
        book.lines.push(Line { stream, version, recorded: Vec::new(), guarded: false, returned: false });
        Entry { ledger: Arc::clone(self), line }
    }

    /// Keeps in mind that a read failed.
    pub(super) fn note(&self, error: &LoadError) {
        let mut book = self.book();
        match error {
            LoadError::Store(error) => book.failed = Some(error.clone()),
            LoadError::NotFound(missing) => {
                book.missing.push((missing.stream().clone(), missing.carried()));
            }
            _ => {}
        }
    }

    /// The failure of the store that a read met last.
    pub(crate) fn failure(&self) -> Option<StoreError> {
        self.book().failed.clone()
    }

    /// The aggregate that was not found, if the error that says so is still there: then whatever the handler returned
    /// carries it, in whichever way. A handler that made something else of it has dropped it.
    pub(crate) fn carried_missing(&self) -> Option<StreamId> {
        let book = self.book();
        let carried = book.missing.iter().find(|(_, carried)| carried.strong_count() > 0);
        carried.map(|(stream, _)| stream.clone())
    }

    /// Ends the attempt: what was recorded on a root that is not among the returned refuses it. Gives the guards of the
    /// roots that asked for one.
    pub(crate) fn settle<'a>(
        self: &Arc<Self>,
        returned: impl Iterator<Item = &'a Entry>,
    ) -> Result<Vec<StreamWrite>, DecisionError> {
        let mut book = self.book();
        book.closed = true;
        for entry in returned.filter(|entry| Arc::ptr_eq(&entry.ledger, self)) {
            book.lines[entry.line].returned = true;
        }
        match book.lines.iter().find(|line| !line.returned && !line.recorded.is_empty()) {
            Some(line) => {
                Err(DecisionError::NotReturned { stream: line.stream.clone(), events: line.recorded.clone() })
            }
            None => Ok(book.lines.iter().filter(|line| line.guarded).map(Line::guard).collect()),
        }
    }

    /// The attempt is over, however it ended.
    pub(crate) fn close(&self) {
        self.book().closed = true;
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn guard(&self) -> StreamWrite {
        let (stream, expected) = (self.stream.clone(), Expected::Exactly(self.version));
        StreamWrite { stream, expected, events: Vec::new() }
    }
}

impl Entry {
    /// Enters an event that is about to be recorded.
    pub(super) fn record(&self, event: &'static str) -> Result<(), DecisionError> {
        let mut book = self.ledger.book();
        if book.closed {
            return Err(DecisionError::TooLate(book.lines[self.line].stream.clone()));
        }
        book.lines[self.line].recorded.push(event);
        Ok(())
    }

    /// The event entered last was not recorded after all.
    pub(super) fn take_back(&self) {
        self.ledger.book().lines[self.line].recorded.pop();
    }

    /// Asks for the root's version to be checked, even if it is not returned.
    pub(super) fn guard(&self) {
        self.ledger.book().lines[self.line].guarded = true;
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Ledger({} roots)", self.book().lines.len())
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Entry({})", self.line)
    }
}
