//! A step as one append, and back.

use jiff::Timestamp;

use crate::{
    json::JsonError,
    message::{Metadata, StreamId, Version},
    store::{Append, Expected, StreamWrite},
};

use super::{SetTimer, Step, StepClaim, StepError, TimerRow, Trigger, chain, stored::new_event};

impl Step {
    /// Returns the claim of the step, for the process in this stream.
    pub fn claim(&self, process: &StreamId) -> StepClaim {
        StepClaim::new(process, self.trigger.id)
    }

    /// Returns what the step's event carries: what its trigger does, caused by it, at the time `now`.
    pub fn metadata(process: &StreamId, trigger: &Trigger, now: Timestamp) -> Result<Metadata, StepError> {
        let cause = &trigger.event().envelope;
        let depth = chain::depth(&cause.metadata)? + 1;
        let mut metadata = Metadata { time: now, ..cause.metadata.caused_by(cause.id) };
        chain::name(&mut metadata, process, depth);
        Ok(metadata)
    }

    /// Returns the step as one append: its event, if the process is at this version, and its claim, so that no other step is made of
    /// the same trigger.
    pub fn append(
        &self,
        process: &StreamId,
        version: Version,
        metadata: Metadata,
    ) -> Result<Append, JsonError> {
        let claim = self.claim(process);
        let events = vec![new_event(claim.event_id(), self)?];
        let expected = Expected::Exactly(version);
        let writes = vec![StreamWrite { stream: process.clone(), expected, events }];
        Ok(Append { writes, command: Some(claim.to_command()), metadata })
    }

    /// Returns what goes into the due table with the step, whose event has this envelope.
    pub fn timer_rows(&self, step: &crate::event::Envelope) -> Vec<TimerRow> {
        self.timers.iter().map(|timer: &SetTimer| TimerRow::new(timer.clone(), step)).collect()
    }
}
