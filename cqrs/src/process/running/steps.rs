//! The steps worker: whose a trigger is, and how its process manager is run.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use futures_util::{FutureExt, future::BoxFuture};
use metrics::counter;
use tracing::{Instrument, info_span};

use crate::{
    dispatch::Core,
    event::RecordedEvent,
    handler::{EventHandlerSettings, StartFrom},
    message::{Position, StreamId},
    panics,
    registry::ProcessEntry,
    services::Services,
    store::{Lease, ProcessRow, Store, Subscription, SubscriptionStart},
    subscription::{Environment, Handle, Running, Unhandled, Wanted},
};

use super::{
    super::{Found, Limits, StepError, Trigger, names},
    AT_ONCE,
    failures::for_good,
    last::Known,
    patience,
    rows::Rows,
    withdrawing,
    written::Written,
};

/// Makes the steps of one process manager.
pub(crate) struct Steps {
    pub(super) entry: ProcessEntry,
    pub(super) core: Arc<Core>,
    pub(super) limits: Limits,
    pub(super) known: Known,
    pub(super) written: Written,
    pub(super) rows: Rows,
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
        environment: &Environment,
        limits: Limits,
    ) -> Running {
        let core = Arc::clone(core);
        let make = move || {
            let (core, known) = (Arc::clone(&core), Known::default());
            Self { entry, core, limits, known, written: Written::default(), rows: Rows::default() }
        };
        super::run(make, entry.steps_slots, Wanted::these(entry.triggers()), environment)
    }

    pub(super) fn store(&self) -> &dyn Store {
        &**self.core.store()
    }

    /// The trigger that an event is, if it is one of this process manager's.
    pub(super) fn trigger(&self, event: &RecordedEvent) -> Result<Option<Trigger>, StepError> {
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
        if self.is_end(event) {
            return self.ended(event).await;
        }
        if let Some(note) = self.has_waited(event) {
            return self.time_is_over(&event.envelope.stream, note).await;
        }
        let Some(trigger) = self.trigger(event).map_err(for_good)? else { return Ok(()) };
        match self.find(&trigger).map_err(for_good)? {
            Found::Process(process) => self.step(&process, &trigger).await,
            Found::Nobody | Found::NotHandled => Ok(()),
        }
    }

    /// Whether an operator has ended a process of this process manager.
    fn is_end(&self, event: &RecordedEvent) -> bool {
        event.envelope.name == names::ENDED && event.envelope.stream.category() == self.entry.category
    }

    pub(super) fn count(&self, name: &'static str) {
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
        let name = &event.envelope.name;
        let span = info_span!("step", process = self.entry.name, trigger = %name, position = %event.position);
        self.handle(event).instrument(span).boxed()
    }

    /// The process; its end, and what has waited too long for it, have lanes of their own, which no letter of it holds. What names
    /// none in an event that is handled is a letter in the event's own stream.
    fn lane(&self, event: &RecordedEvent) -> Option<StreamId> {
        if self.is_end(event) {
            return Some(withdrawing::lane(&event.envelope.stream));
        }
        if self.has_waited(event).is_some() {
            return Some(patience::lane(&event.envelope.stream));
        }
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

    /// A process that had not started when it was last seen here may have started elsewhere.
    fn gained(&self, lease: &Lease, subscription: &Subscription) {
        self.known.forget_all();
        self.written.gained(lease, subscription);
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    fn knows(&self) -> u32 {
        self.entry.version
    }

    fn process_row(&self, lane: &StreamId) -> Option<ProcessRow> {
        self.rows.take(lane)
    }
}
