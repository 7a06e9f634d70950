//! The steps worker: from triggers to steps.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use futures_util::{FutureExt, future::BoxFuture};
use metrics::counter;
use tracing::{Instrument, info_span};

use crate::{
    dispatch::Core,
    event::{Envelope, Event, RecordedEvent},
    handler::{EventHandlerSettings, StartFrom},
    message::{Position, StreamId, Version},
    panics,
    registry::ProcessEntry,
    services::Services,
    store::{RecordedCommand, Store, StoreError, SubscriptionStart},
    subscription::{Handle, Running, Unhandled, Wanted, event_at},
};

use super::{
    super::{Found, Limits, Outcome, Step, StepClaim, StepError, Trigger, TriggerKind},
    AT_ONCE,
    last::{Known, Last},
    timers,
};

/// How often a step is made anew since its process's stream has moved, before that is a failure.
const ATTEMPTS: u32 = 10;

/// Makes the steps of one process manager.
pub(crate) struct Steps {
    entry: ProcessEntry,
    core: Arc<Core>,
    limits: Limits,
    known: Known,
}

impl Steps {
    pub(crate) fn start(entry: &ProcessEntry) -> SubscriptionStart {
        let position = match entry.from {
            StartFrom::Start => Some(Position::START),
            StartFrom::Now => None,
        };
        SubscriptionStart { name: entry.steps, aliases: &[], version: 1, position }
    }

    pub(crate) fn prepare(
        entry: ProcessEntry,
        core: &Arc<Core>,
        environment: &crate::subscription::Environment,
    ) -> Running {
        let (core, limits, known) = (Arc::clone(core), Limits::default(), Known::default());
        super::run(Self { entry, core, limits, known }, Wanted::these(entry.triggers()), environment)
    }

    fn store(&self) -> &dyn Store {
        &**self.core.store()
    }

    /// The trigger that an event is, if it is one of this process manager's.
    fn trigger(&self, event: &RecordedEvent) -> Result<Option<Trigger>, StepError> {
        let envelope = &event.envelope;
        if envelope.name.contains('/') && envelope.stream.category() != self.entry.category {
            return Ok(None);
        }
        Ok(Trigger::of(event)?)
    }

    /// Whose an event is. What the source says about that may panic, as a handler may.
    fn find(&self, trigger: &Trigger) -> Result<Found, StepError> {
        let found = catch_unwind(AssertUnwindSafe(|| self.entry.find(trigger)));
        found.unwrap_or_else(|panic| {
            Err(StepError::Panicked { handler: "correlate", text: panics::message(&*panic) })
        })
    }

    async fn handle(&self, event: &RecordedEvent) -> Result<(), Unhandled> {
        let Some(trigger) = self.trigger(event).map_err(for_good)? else { return Ok(()) };
        let Found::Process(process) = self.find(&trigger).map_err(for_good)? else { return Ok(()) };
        for _ in 0..ATTEMPTS {
            // What stands in the process's own stream has moved it.
            let at_least =
                if trigger.kind() == TriggerKind::Event { Version::NONE } else { event.envelope.version };
            let last = self.known.last(self.store(), &process, at_least).await.map_err(unhandled)?;
            if self.comes_again(&process, &trigger, &last).await.map_err(unhandled)? {
                return Ok(());
            }
            let outcome = self.entry.step(&process, last.step.as_deref(), &trigger, &self.limits);
            let Outcome::Step(step) = self.counted(outcome.map_err(for_good)?) else { return Ok(()) };
            if self.append(&process, &trigger, last.version, *step).await? {
                return Ok(());
            }
        }
        Err(Unhandled::Failed(format!("{process} moves on faster than a step of it can be stored").into()))
    }

    /// Whether a step was made of the trigger before, which may have been interrupted before its timers were set. Of one that
    /// comes later in the log than that of the last step, none was.
    async fn comes_again(
        &self,
        process: &StreamId,
        trigger: &Trigger,
        last: &Last,
    ) -> Result<bool, StoreError> {
        if last.step.as_ref().is_none_or(|step| step.trigger.position < trigger.event().position) {
            return Ok(false);
        }
        let claim = StepClaim::new(process, trigger.event().envelope.id);
        let Some(recorded) = self.store().command(claim.id()).await? else { return Ok(false) };
        self.set_timers_of(&recorded).await?;
        Ok(true)
    }

    async fn set_timers_of(&self, recorded: &RecordedCommand) -> Result<(), StoreError> {
        let Ok(event) = event_at(self.store(), recorded.appended.last_position()).await? else {
            return Ok(());
        };
        timers::keep(&self.core, self.entry.name, &event.decode()?, &event.envelope).await
    }

    /// Stores the step, then its timers; `false` if the process's stream has moved.
    async fn append(
        &self,
        process: &StreamId,
        trigger: &Trigger,
        version: Version,
        step: Step,
    ) -> Result<bool, Unhandled> {
        let metadata = Step::metadata(process, trigger, self.core.clock().now()).map_err(for_good)?;
        let append = step.append(process, version, metadata.clone()).map_err(for_good)?;
        let appended = self.store().append(append).await;
        let moved = Last { version: version.next(), step: None };
        match appended {
            Ok(_) => {}
            Err(error) => {
                self.known.forget(process);
                return self.not_stored(error).await;
            }
        }
        let envelope = Envelope {
            id: step.claim(process).event_id(),
            stream: process.clone(),
            version: moved.version,
            name: step.kind().name.into(),
            schema_version: step.kind().version,
            metadata,
        };
        let step = Arc::new(step);
        self.known.keep(process, Last { step: Some(Arc::clone(&step)), ..moved });
        self.count("cqrs_process_steps_total");
        timers::keep(&self.core, self.entry.name, &step, &envelope).await.map_err(unhandled)?;
        Ok(true)
    }

    async fn not_stored(&self, error: StoreError) -> Result<bool, Unhandled> {
        match error {
            StoreError::Conflict { .. } => Ok(false),
            StoreError::AlreadyHandled(recorded) => {
                self.set_timers_of(&recorded).await.map_err(unhandled)?;
                Ok(true)
            }
            error => Err(unhandled(error)),
        }
    }

    fn counted(&self, outcome: Outcome) -> Outcome {
        let process = self.entry.name;
        match &outcome {
            Outcome::Skipped(skipped) => {
                counter!("cqrs_process_skipped_total", "process" => process, "reason" => skipped.as_str())
                    .increment(1);
            }
            Outcome::Unmatched => self.count("cqrs_process_unmatched_total"),
            Outcome::Step(_) => {}
        }
        outcome
    }

    fn count(&self, name: &'static str) {
        counter!(name, "process" => self.entry.name).increment(1);
    }
}

impl Handle for Steps {
    fn start(&self) -> SubscriptionStart {
        Self::start(&self.entry)
    }

    fn settings(&self) -> EventHandlerSettings {
        EventHandlerSettings::new().concurrency(AT_ONCE)
    }

    fn call<'a>(&'a self, event: &'a RecordedEvent, _: &'a Services) -> BoxFuture<'a, Result<(), Unhandled>> {
        let Envelope { name, .. } = &event.envelope;
        let span = info_span!("step", process = self.entry.name, trigger = %name, position = %event.position);
        self.handle(event).instrument(span).boxed()
    }

    /// The process. What names none in an event that is handled is a letter in the event's own stream.
    fn lane(&self, event: &RecordedEvent) -> Option<StreamId> {
        let found = match self.trigger(event) {
            Ok(Some(trigger)) => self.find(&trigger),
            Ok(None) => return None,
            Err(error) => Err(error),
        };
        match found {
            Ok(Found::Process(process)) => Some(process),
            Ok(Found::NotHandled) => None,
            Ok(Found::Nobody) => {
                self.count("cqrs_process_unmatched_total");
                None
            }
            Err(_) => Some(event.envelope.stream.clone()),
        }
    }

    fn lanes_are_streams(&self) -> bool {
        false
    }
}

fn for_good(error: impl Into<crate::handler::BoxError>) -> Unhandled {
    Unhandled::ForGood(error.into())
}

/// What became of a write that the store did not confirm is seen when it is tried again.
pub(super) fn unhandled(error: StoreError) -> Unhandled {
    match error {
        StoreError::OutcomeUnknown(_) => Unhandled::Away(error.into()),
        StoreError::TooLarge { .. }
        | StoreError::CommandIdReused { .. }
        | StoreError::Unsupported(_)
        | StoreError::Decode(_) => Unhandled::ForGood(error.into()),
        error => Unhandled::from(crate::handler::BoxError::from(error)),
    }
}
