//! Triggers that have waited long enough for their process, where the process manager says how long that is.
//!
//! A note of such a trigger sets a timer, which is none of the process's own. When it comes and the process has still not started,
//! it is a dead letter: somebody hears of it. The letter is in a lane of its own, so that a starter that comes after all is
//! handled, and with it what has waited; the letter is then done when it is handled again.

use std::time::Duration;

use crate::{
    clock::later,
    event::RecordedEvent,
    message::{EventId, Metadata, StreamId},
    store::{NewEvent, StoreError},
    subscription::Unhandled,
};

use super::{
    super::{SetTimer, StepError, TimerDue, TimerRow, TriggerWaits, Unmatched, names},
    failures::{for_good, unhandled},
    last::last_step,
    steps::Steps,
    timers,
};

/// The lane of what has waited too long for a process.
pub(super) fn lane(process: &StreamId) -> StreamId {
    StreamId::new(format!("{}/waits", process.category()), process.key())
}

impl Steps {
    /// A note is stored: from now on the trigger waits, for so long. To say so again changes nothing.
    pub(super) async fn waits(
        &self,
        process: &StreamId,
        note: &NewEvent,
        metadata: &Metadata,
    ) -> Result<(), StoreError> {
        let Unmatched::Retry(within) = self.entry.unmatched else { return Ok(()) };
        let timer = SetTimer {
            id: EventId::derived(names::TIMER, note.id),
            name: names::WAITS.into(),
            schema_version: note.schema_version,
            payload: note.payload.clone(),
            due: later(self.core.clock().now(), within),
            depth: 0,
        };
        let row = TimerRow { process: process.clone(), timer, metadata: metadata.clone() };
        timers::set(&self.core, self.entry.name, &row).await?;
        self.core.timer_was_set();
        Ok(())
    }

    /// The trigger that has waited for as long as it may, if an event says that of one.
    pub(super) fn has_waited(&self, event: &RecordedEvent) -> Option<TriggerWaits> {
        let Unmatched::Retry(_) = self.entry.unmatched else { return None };
        let is_timer = event.envelope.name == names::TIMER;
        if !is_timer || event.envelope.stream.category() != self.entry.category {
            return None;
        }
        let timer = event.decode::<TimerDue>().ok().filter(|timer| timer.name == names::WAITS)?;
        crate::json::decode(timer.payload.as_json()).ok()
    }

    /// Its time is over: that is an error that somebody sees to, unless the process has started.
    pub(super) async fn time_is_over(&self, process: &StreamId, note: TriggerWaits) -> Result<(), Unhandled> {
        if last_step(self.store(), process).await.map_err(unhandled)?.step.is_some() {
            return Ok(());
        }
        let within = match self.entry.unmatched {
            Unmatched::Retry(within) => within,
            _ => Duration::ZERO,
        };
        let (trigger, position) = (note.trigger.name.to_string(), note.trigger.position);
        Err(for_good(StepError::NeverStarted { process: process.clone(), trigger, position, within }))
    }
}
