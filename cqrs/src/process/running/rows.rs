//! Where processes stand, as rows that are kept with the checkpoint.
//!
//! Invariant: the row of a step is here before its call ends, whether the step is stored by that call or was before. Whoever
//! settles the call takes it along: so a trigger is done only when the row is there, and it costs no write of its own.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    message::{Position, StreamId, Version},
    store::ProcessRow,
};

use super::super::Step;

/// The rows of calls that have not ended, or whose end nobody has seen yet.
#[derive(Debug, Default)]
pub(super) struct Rows(Mutex<HashMap<StreamId, ProcessRow>>);

impl Rows {
    /// Keeps a row for whoever settles the call of this lane.
    pub(super) fn keep(&self, lane: StreamId, row: ProcessRow) {
        let mut rows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.get(&lane).is_none_or(|kept| row.version > kept.version) {
            rows.insert(lane, row);
        }
    }

    /// Takes the row of a lane, one of whose calls has ended.
    pub(super) fn take(&self, lane: &StreamId) -> Option<ProcessRow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(lane)
    }
}

/// The row after a step, which stands there.
pub(super) fn row(process: &StreamId, step: &Step, version: Version, position: Position) -> ProcessRow {
    let next_due = step.pending.iter().map(|timer| timer.due).min();
    ProcessRow { process: process.clone(), ended: step.ended, version, position, next_due }
}
