//! The timers of a step, as rows of the due table.

use futures_util::future::try_join_all;

use crate::{
    dispatch::Core,
    event::Envelope,
    store::{Due, DueKey, DueKind, SharedError, StoreError},
};

use super::super::{Step, TimerRow};

/// Sets and removes the rows of a step, whose event has this envelope. To do it again changes nothing.
pub(super) async fn keep(
    core: &Core,
    process: &'static str,
    step: &Step,
    envelope: &Envelope,
) -> Result<(), StoreError> {
    let rows = step.timer_rows(envelope);
    if !rows.is_empty() {
        try_join_all(rows.iter().map(|row| set(core, process, row))).await?;
        core.timer_was_set();
    }
    if !step.cancelled.is_empty() {
        let key = |id: &crate::EventId| DueKey::new(DueKind::Timer, id.to_string());
        let keys: Vec<_> = step.cancelled.iter().map(key).collect();
        core.store().remove_due(&keys).await?;
    }
    Ok(())
}

/// Sets the row of a timer, unless it is there.
pub(super) async fn set(core: &Core, process: &'static str, row: &TimerRow) -> Result<(), StoreError> {
    core.store().set_due(due(process, row)?).await.map(drop)
}

fn due(process: &'static str, row: &TimerRow) -> Result<Due, StoreError> {
    let payload = serde_json::to_string(row).map_err(|error| StoreError::engine("encode a timer", error))?;
    let key = DueKey::new(DueKind::Timer, row.id().to_string());
    Ok(Due { key, due: row.timer.due, owner: process.to_owned(), payload })
}

impl TimerRow {
    /// Returns what a row holds.
    pub(crate) fn of(row: &Due) -> Result<Self, StoreError> {
        serde_json::from_str(&row.payload).map_err(|error| StoreError::Damaged {
            what: format!("what waits under the key `{}` cannot be read", row.key),
            source: Some(SharedError::from(error)),
        })
    }
}
