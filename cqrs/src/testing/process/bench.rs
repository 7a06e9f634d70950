//! The processes under test, and a log of their triggers and steps.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;

use crate::{
    clock::later,
    command::Command,
    error_chain,
    event::{Event, RecordedEvent},
    handler::{Correlation, EventHandlerInfo},
    json::JsonError,
    message::{EventId, Metadata, StreamId},
    process::{
        CommandRefused, Found, Limits, Outcome, ProcessManager, SentCommand, Standing, Step, StepError,
        TimerRow, Trigger, find, names, step,
    },
    store::{NewEvent, Refusal},
    testing::log::encoded,
};

use super::record::Log;

/// What came of a trigger.
#[derive(Debug)]
pub(super) enum Came {
    /// It is none of those the process manager handles.
    NotHandled,
    /// It was handled, or passed over.
    To(Outcome),
    /// The process cannot go on.
    Failed(StepError),
}

pub(super) struct Bench<P> {
    log: Log,
    pub(super) now: Timestamp,
    pub(super) metadata: Metadata,
    standings: HashMap<StreamId, Standing<P>>,
    /// The process that the last trigger was for.
    process: Option<StreamId>,
    /// What all have sent, and the timers they have set, with whose they are.
    sent: Vec<(StreamId, SentCommand, Metadata)>,
    timers: HashMap<EventId, TimerRow>,
}

impl<P: ProcessManager> Bench<P> {
    pub(super) fn new() -> Self {
        Self {
            log: Log::default(),
            // The first second of the year 2000.
            now: Timestamp::constant(946_684_800, 0),
            metadata: Metadata::new(),
            standings: HashMap::new(),
            process: None,
            sent: Vec::new(),
            timers: HashMap::new(),
        }
    }

    /// Where the process stands that the last trigger was for.
    pub(super) fn standing(&self) -> &Standing<P> {
        self.process.as_ref().and_then(|process| self.standings.get(process)).unwrap_or(&Standing::Absent)
    }

    /// The process that the last trigger was for, in words.
    pub(super) fn process(&self) -> String {
        self.process.as_ref().map_or_else(|| format!("no `{}`", P::NAME), ToString::to_string)
    }

    /// The stored name of a timer that was set.
    pub(super) fn timer(&self, id: EventId) -> Option<&TimerRow> {
        self.timers.get(&id)
    }

    /// An event as a trigger. A timer is one that the process has set, if one is pending.
    #[track_caller]
    pub(super) fn trigger<E: Event>(&mut self, stream: Option<StreamId>, event: &E) -> RecordedEvent {
        let new = encoded(event);
        let handler = P::HANDLERS
            .iter()
            .find(|handler| handler.events.is_some_and(|kinds| kinds.find(&new.name).is_some()));
        if handler.is_some_and(EventHandlerInfo::is_timer) {
            let pending = self.standing().pending().iter().find(|timer| timer.name == new.name);
            return match pending.map(|timer| timer.id) {
                Some(id) => self.due(id),
                None => self.stray_timer(new),
            };
        }
        let category = handler.and_then(|handler| handler.ids().next()).map_or("given", |id| id.category);
        let key = self.process.as_ref().map_or("1", StreamId::key).to_owned();
        let stream = stream.unwrap_or_else(|| StreamId::new(category, key));
        let mut metadata = Metadata { time: self.now, ..self.metadata.clone() };
        let by_cause = handler.and_then(|handler| handler.correlation.or(P::CORRELATION));
        if let (Some(Correlation::Cause), Some(process)) = (by_cause, &self.process) {
            metadata.causation_id = self.sent.last().map(|(_, command, _)| command.id.into());
            metadata.headers.insert(names::PROCESS_HEADER.to_owned(), process.to_string());
        }
        self.log.record(stream, metadata, new)
    }

    /// The event of a timer that was set.
    fn due(&mut self, id: EventId) -> RecordedEvent {
        let row = self.timers[&id].clone();
        let metadata = Metadata { time: self.now, ..row.metadata.clone() };
        let event = written(row.event());
        self.log.record(row.process, metadata, event)
    }

    /// The event of a timer that was never set, or is no longer to come.
    fn stray_timer(&mut self, new: NewEvent) -> RecordedEvent {
        let NewEvent { name, schema_version, payload, .. } = new;
        let process = self.process.clone().unwrap_or_else(|| StreamId::new(P::CATEGORY, "1"));
        let timer = crate::process::TimerDue { name, schema_version, payload, due: self.now };
        let metadata = Metadata { time: self.now, ..self.metadata.clone() };
        self.log.record(process, metadata, encoded(&timer))
    }

    /// The event of a refusal of the command that was sent last of its type.
    pub(super) fn refusal<C: Command>(&mut self, refusal: Refusal) -> RecordedEvent {
        let is = |name: &str| name == C::NAME || C::ALIASES.contains(&name);
        let found = self.sent.iter().rev().find(|(_, command, _)| is(&command.name)).cloned();
        let Some((process, command, metadata)) = found else {
            let sent: Vec<_> = self.sent.iter().map(|(_, command, _)| command.name.as_str()).collect();
            panic!("no command `{}` was sent that could be refused, but {sent:?}", C::NAME)
        };
        let metadata = Metadata { time: self.now, causation_id: Some(command.id.into()), ..metadata };
        let event = written(CommandRefused::new(command, refusal).event());
        self.log.record(process, metadata, event)
    }

    /// Hands a trigger to its process.
    pub(super) fn handle(&mut self, event: &RecordedEvent) -> Came {
        match self.try_handle(event) {
            Ok(came) => came,
            Err(error) => Came::Failed(error),
        }
    }

    fn try_handle(&mut self, event: &RecordedEvent) -> Result<Came, StepError> {
        let Some(trigger) = Trigger::of(event)? else { return Ok(Came::NotHandled) };
        let process = match find::<P>(&trigger)? {
            Found::Process(process) => process,
            Found::Nobody => return Ok(Came::To(Outcome::Unmatched)),
            Found::NotHandled => return Ok(Came::NotHandled),
        };
        self.process = Some(process.clone());
        let standing = self.standings.remove(&process).unwrap_or(Standing::Absent);
        let (outcome, standing) = step(&process, standing, &trigger, &Limits::default())?;
        if let Outcome::Step(step) = &outcome {
            self.store(&process, step, &trigger)?;
        }
        self.standings.insert(process, standing);
        Ok(Came::To(outcome))
    }

    fn store(&mut self, process: &StreamId, step: &Step, trigger: &Trigger) -> Result<(), StepError> {
        let metadata = Step::metadata(process, trigger, self.now)?;
        let mut event = encoded(step);
        event.id = step.claim(process).event_id();
        let stored = self.log.record(process.clone(), metadata, event);
        let envelope = &stored.envelope;
        for command in &step.commands {
            self.sent.push((process.clone(), command.clone(), command.metadata(envelope, self.now)));
        }
        self.timers.extend(step.timer_rows(envelope).into_iter().map(|row| (row.id(), row)));
        Ok(())
    }

    #[track_caller]
    pub(super) fn given(&mut self, event: &RecordedEvent) {
        let name = &event.envelope.name;
        match self.handle(event) {
            Came::To(Outcome::Step(_)) => {}
            came => panic!("the event `{name}` that was given leads to no step: {}", told(&came)),
        }
    }

    /// Moves the clock on, from timer to timer, and hands over each that comes.
    pub(super) fn pass(&mut self, time: Duration) -> Vec<Came> {
        let (end, mut all) = (later(self.now, time), Vec::new());
        while let Some((due, id)) = self.next_due().filter(|(due, _)| *due <= end) {
            self.now = due.max(self.now);
            let event = self.due(id);
            let came = self.handle(&event);
            let failed = matches!(came, Came::Failed(_));
            all.push(came);
            if failed {
                return all;
            }
        }
        self.now = end;
        all
    }

    fn next_due(&self) -> Option<(Timestamp, EventId)> {
        let pending = self.standings.values().flat_map(Standing::pending);
        pending.map(|timer| (timer.due, timer.id)).min()
    }
}

/// What came of a trigger, in words.
pub(super) fn told(came: &Came) -> String {
    match came {
        Came::NotHandled => "it is none of those the process manager handles".to_owned(),
        Came::To(Outcome::Unmatched) => "no process waits for it".to_owned(),
        Came::To(Outcome::Skipped(reason)) => format!("it was skipped: {}", reason.as_str()),
        Came::To(Outcome::Step(_)) => "it led to a step".to_owned(),
        Came::Failed(error) => format!("it failed: {}", error_chain::chain(error)),
    }
}

fn written(event: Result<NewEvent, JsonError>) -> NewEvent {
    event.unwrap_or_else(|error| panic!("the library's own event cannot be written: {error}"))
}
