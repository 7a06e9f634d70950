//! What the log says of processes, and whether it can be true: the first part of a checker of histories. It reads the log alone.

use std::collections::{BTreeMap, BTreeSet};

use cqrs::{
    CommandId, EventId, Position, StreamId,
    event::RecordedEvent,
    process::{CommandRefused, ProcessEnded, Step, TimerDue, TriggerWaits, names},
    store::Store,
};

use crate::audit::all_events;

/// What processes have done, and what is still to come of it.
#[derive(Debug, Default)]
pub struct Processes {
    pub steps: usize,
    pub accepted: usize,
    pub refused: usize,
    pub timers: usize,
    /// Commands that were sent and have no outcome.
    pub unanswered: BTreeSet<CommandId>,
    /// Timers that are pending after the last step of their process, and have not come.
    pub pending: BTreeSet<EventId>,
    /// Timers that came, were not cancelled, and that no step was made of.
    pub unheard: BTreeSet<EventId>,
}

impl Processes {
    /// Whether nothing is to come by itself.
    pub fn are_settled(&self) -> bool {
        self.unanswered.is_empty() && self.pending.is_empty() && self.unheard.is_empty()
    }
}

/// Checks that every trigger has led to one step at most, every command to its events or to its refusal and never to both, and
/// every timer to one event at most; that the triggers of a process are handled in their order, and that what it sends at once comes to its
/// outcome in the order in which it was sent. Every command that a process of these tests sends is accepted with one event.
///
/// # Panics
/// If the log says otherwise.
pub async fn audit_processes(store: &dyn Store) -> Processes {
    let mut reading = Reading::default();
    for event in all_events(store).await {
        reading.hear(&event);
    }
    reading.told()
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    /// By process and trigger.
    steps: BTreeSet<(StreamId, EventId)>,
    sent: BTreeSet<CommandId>,
    /// What became of commands, whoever sent them.
    outcomes: BTreeMap<CommandId, Vec<String>>,
    set: BTreeSet<EventId>,
    cancelled: BTreeSet<EventId>,
    came: BTreeSet<EventId>,
    pending: BTreeMap<StreamId, Vec<EventId>>,
    orders: Orders,
}

/// In which order things have happened to each process.
#[derive(Default)]
struct Orders {
    /// The trigger of the last step.
    triggers: BTreeMap<StreamId, Position>,
    /// Triggers that have waited for their process: those follow its start, whatever was between.
    waited: BTreeSet<EventId>,
    /// What was sent to be handled at once, in this order.
    sent: BTreeMap<StreamId, Vec<CommandId>>,
    /// Where what became of a command stands.
    outcomes: BTreeMap<CommandId, Position>,
}

impl Orders {
    fn step(&mut self, event: &RecordedEvent, step: &Step) {
        let (process, trigger) = (&event.envelope.stream, &step.trigger);
        if !self.waited.contains(&trigger.id) {
            let last = self.triggers.insert(process.clone(), trigger.position);
            assert!(last < Some(trigger.position), "a trigger was overtaken by that at {last:?}: {event:?}");
        }
        let at_once = step.commands.iter().filter(|command| command.due.is_none());
        self.sent.entry(process.clone()).or_default().extend(at_once.map(|command| command.id));
    }

    fn check(&self) {
        for (process, sent) in &self.sent {
            let outcomes: Vec<_> = sent.iter().filter_map(|command| self.outcomes.get(command)).collect();
            assert!(outcomes.is_sorted(), "commands of {process} have overtaken each other: {outcomes:?}");
        }
    }
}

impl Reading {
    fn hear(&mut self, event: &RecordedEvent) {
        let envelope = &event.envelope;
        match envelope.name.as_str() {
            names::STEP => self.step(event, event.decode().expect("a step")),
            // It says that something has waited long enough for its process, and nobody's step has set it.
            names::TIMER if event.decode::<TimerDue>().expect("a timer").name == names::WAITS => {}
            names::TIMER => {
                assert!(self.set.contains(&envelope.id), "a timer that nobody set: {event:?}");
                assert!(self.came.insert(envelope.id), "a timer that came twice: {event:?}");
            }
            names::ENDED => {
                let ended: ProcessEnded = event.decode().expect("an end");
                self.cancelled.extend(ended.cancelled);
                self.pending.remove(&envelope.stream);
            }
            names::REFUSED => {
                let refused: CommandRefused = event.decode().expect("a refusal");
                self.orders.outcomes.entry(refused.command.id).or_insert(event.position);
                self.outcomes.entry(refused.command.id).or_default().push("refused".to_owned());
            }
            names::WAITS => {
                let waits: TriggerWaits = event.decode().expect("a note");
                self.orders.waited.insert(waits.trigger.id);
            }
            name => {
                let Some(cause) = envelope.metadata.causation_id else { return };
                self.orders.outcomes.entry(cause.as_uuid().into()).or_insert(event.position);
                self.outcomes.entry(cause.as_uuid().into()).or_default().push(name.to_owned());
            }
        }
    }

    fn step(&mut self, event: &RecordedEvent, step: Step) {
        let process = &event.envelope.stream;
        let is_first = self.steps.insert((process.clone(), step.trigger.id));
        assert!(is_first, "two steps of one trigger: {event:?}");
        self.orders.step(event, &step);
        self.sent.extend(step.commands.iter().map(|command| command.id));
        self.set.extend(step.timers.iter().map(|timer| timer.id));
        self.cancelled.extend(step.cancelled);
        self.pending.insert(process.clone(), step.pending.iter().map(|timer| timer.id).collect());
    }

    fn told(self) -> Processes {
        self.orders.check();
        let mut told = Processes { steps: self.steps.len(), timers: self.came.len(), ..Processes::default() };
        for command in self.sent {
            match self.outcomes.get(&command).map(Vec::as_slice) {
                None => drop(told.unanswered.insert(command)),
                Some([one]) if one == "refused" => told.refused += 1,
                Some([_]) => told.accepted += 1,
                Some(several) => panic!("command {command} has several outcomes: {several:?}"),
            }
        }
        told.pending = self.pending.into_values().flatten().collect();
        let mut passed_over: BTreeSet<_> = self.steps.into_iter().map(|(_, trigger)| trigger).collect();
        passed_over.extend(self.cancelled);
        told.unheard = self.came.difference(&passed_over).copied().collect();
        told
    }
}
