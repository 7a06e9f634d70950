//! One trigger, one step.

use std::sync::Arc;

use metrics::counter;

use crate::{
    event::{Envelope, Event},
    message::{Metadata, StreamId, Version},
    store::{RecordedCommand, StoreError},
    subscription::{Unhandled, event_at},
};

use super::{
    super::{Outcome, Step, StepClaim, Trigger, TriggerKind, Unmatched},
    failures::{for_good, step_failed, unhandled},
    last::Last,
    rows::row,
    steps::Steps,
    timers,
};

/// How often a step is made anew since its process's stream has moved, before that is a failure.
const ATTEMPTS: u32 = 10;

/// What has become of a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// A step: the first of its process, or one that may have been interrupted before what follows from it was done.
    First,
    /// A later step, or none.
    Later,
    /// Nothing yet, since the process's stream has moved.
    Moved,
}

impl Steps {
    /// Makes the step of a trigger, and what follows from it, if this was not done before.
    pub(super) async fn step(&self, process: &StreamId, trigger: &Trigger) -> Result<(), Unhandled> {
        if self.make(process, trigger).await? == Made::First {
            self.follow(process).await?;
        }
        Ok(())
    }

    pub(super) async fn make(&self, process: &StreamId, trigger: &Trigger) -> Result<Made, Unhandled> {
        for _ in 0..ATTEMPTS {
            let made = self.attempt(process, trigger).await?;
            if made != Made::Moved {
                return Ok(made);
            }
            self.known.forget(process);
        }
        Err(Unhandled::Failed(format!("{process} moves on faster than a step of it can be stored").into()))
    }

    async fn attempt(&self, process: &StreamId, trigger: &Trigger) -> Result<Made, Unhandled> {
        // What stands in the process's own stream has moved it.
        let is_own = trigger.kind() != TriggerKind::Event;
        let at_least = if is_own { trigger.event().envelope.version } else { Version::NONE };
        let last = self.known.last(self.store(), process, at_least).await.map_err(unhandled)?;
        if let Some(made) = self.before(process, trigger, &last).await.map_err(unhandled)? {
            return Ok(made);
        }
        match self.entry.step(process, last.step.as_deref(), trigger, &self.limits) {
            Ok(Outcome::Step(step)) => self.append(process, trigger, last, *step).await,
            // Where it stood is no longer true: somebody may have ended it.
            Err(_) if self.store().version(process).await.map_err(unhandled)? != last.version => {
                Ok(Made::Moved)
            }
            Err(error) => Err(step_failed(error)),
            Ok(Outcome::Unmatched) => self.unmatched(process, trigger, last.version).await,
            Ok(Outcome::Skipped(skipped)) => {
                let (process, reason) = (self.entry.name, skipped.as_str());
                counter!("cqrs_process_skipped_total", "process" => process, "reason" => reason).increment(1);
                Ok(Made::Later)
            }
        }
    }

    /// What became of a trigger that comes again. Of one that comes later in the log than that of the last step nothing did, where
    /// triggers do not wait for their process. One that comes earlier, and has no step, was passed over, or a letter that somebody has skipped:
    /// triggers of a process are handled in the order of the log. What was ignored before the process started stays ignored, whatever is
    /// read again after a crash.
    async fn before(
        &self,
        process: &StreamId,
        trigger: &Trigger,
        last: &Last,
    ) -> Result<Option<Made>, StoreError> {
        let Some(step) = &last.step else { return Ok(None) };
        let waits = self.entry.unmatched != Unmatched::Ignore;
        if !waits && step.trigger.position < trigger.event().position {
            return Ok(None);
        }
        let claim = StepClaim::new(process, trigger.event().envelope.id);
        match self.store().command(claim.id()).await? {
            Some(recorded) => self.complete(&recorded).await.map(|()| Some(Made::First)),
            None => Ok((!waits).then_some(Made::Later)),
        }
    }

    /// What a step may lack that was interrupted: its timers, and its row.
    async fn complete(&self, recorded: &RecordedCommand) -> Result<(), StoreError> {
        let position = recorded.appended.last_position();
        let Ok(event) = event_at(self.store(), position).await? else { return Ok(()) };
        let (step, process, version) = (event.decode()?, &event.envelope.stream, event.envelope.version);
        self.rows.keep(process.clone(), row(process, &step, version, position));
        timers::keep(&self.core, self.entry.name, &step, &event.envelope).await
    }

    /// Stores the step, then its timers.
    async fn append(
        &self,
        process: &StreamId,
        trigger: &Trigger,
        last: Last,
        step: Step,
    ) -> Result<Made, Unhandled> {
        let metadata = Step::metadata(process, trigger, self.core.clock().now()).map_err(for_good)?;
        let append = step.append(process, last.version, metadata.clone()).map_err(for_good)?;
        self.written.raise(self.store(), step.state_version).await?;
        let position = match self.store().append(append).await {
            Ok(appended) => appended.last_position(),
            Err(error) => return self.not_stored(process, error).await,
        };
        let (version, step) = (last.version.next(), Arc::new(step));
        self.rows.keep(process.clone(), row(process, &step, version, position));
        self.known.keep(process, Last { version, step: Some(Arc::clone(&step)) });
        self.count("cqrs_process_steps_total");
        let envelope = envelope(process, version, &step, metadata);
        timers::keep(&self.core, self.entry.name, &step, &envelope).await.map_err(unhandled)?;
        Ok(if last.step.is_none() { Made::First } else { Made::Later })
    }

    async fn not_stored(&self, process: &StreamId, error: StoreError) -> Result<Made, Unhandled> {
        self.known.forget(process);
        match error {
            StoreError::Conflict { .. } => Ok(Made::Moved),
            StoreError::AlreadyHandled(recorded) => {
                self.complete(&recorded).await.map_err(unhandled)?;
                Ok(Made::First)
            }
            error => Err(unhandled(error)),
        }
    }
}

/// That of the step's event, as it was stored.
fn envelope(process: &StreamId, version: Version, step: &Step, metadata: Metadata) -> Envelope {
    Envelope {
        id: step.claim(process).event_id(),
        stream: process.clone(),
        version,
        name: step.kind().name.into(),
        schema_version: step.kind().version,
        metadata,
    }
}
