//! Cursors that wait for the next page: whoever follows the log need not have the server find its place each time.

use std::sync::{Mutex, PoisonError};

use crate::message::Position;

use super::cursor::Cursor;

/// How many are kept; the server forgets those that nobody asks for long.
const KEPT: usize = 32;

/// Cursors by what they read and how far they have come, the latest last.
#[derive(Default)]
pub(super) struct Cursors(Mutex<Vec<(Position, Cursor)>>);

impl Cursors {
    /// The cursor that has come this far, if there is one.
    pub(super) fn take(&self, filter: &str, position: Position) -> Option<Cursor> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found =
            kept.iter().position(|(reached, cursor)| *reached == position && cursor.filter() == filter);
        found.map(|index| kept.remove(index).1)
    }

    /// Keeps a cursor; gives one back that there is no room for.
    pub(super) fn keep(&self, position: Position, cursor: Cursor) -> Option<Cursor> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push((position, cursor));
        (kept.len() > KEPT).then(|| kept.remove(0).1)
    }

    /// Gives all of them back.
    pub(super) fn drain(&self) -> Vec<Cursor> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.drain(..).map(|(_, cursor)| cursor).collect()
    }
}
