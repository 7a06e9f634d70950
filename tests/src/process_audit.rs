//! What the log says of processes, and whether it can be true: the first part of a checker of histories. It reads the log alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cqrs::{
    CommandId, EventId,
    process::{CommandRefused, Step, names},
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
    /// Timers that were set and not cancelled before they came, and that no step was made of.
    pub unheard: BTreeSet<EventId>,
}

impl Processes {
    /// Whether nothing is to come by itself.
    pub fn are_settled(&self) -> bool {
        self.unanswered.is_empty() && self.pending.is_empty() && self.unheard.is_empty()
    }
}

/// Checks that every trigger has led to one step at most, every command to its events or to its refusal and never to both, and
/// every timer to one event at most. Every command that a process of these tests sends is accepted with one event.
///
/// # Panics
/// If the log says otherwise.
pub async fn audit_processes(store: &dyn Store) -> Processes {
    let (mut told, mut triggers) = (Processes::default(), BTreeSet::new());
    let (mut sent, mut outcomes) = (BTreeSet::new(), HashMap::<CommandId, Vec<String>>::new());
    let (mut set, mut fired, mut heard) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut cancelled, mut pending) = (BTreeSet::new(), BTreeMap::new());
    for event in all_events(store).await {
        let envelope = &event.envelope;
        match envelope.name.as_str() {
            names::STEP => {
                let step: Step = event.decode().expect("a step");
                let of_process = (envelope.stream.clone(), step.trigger.id);
                assert!(triggers.insert(of_process), "two steps of one trigger: {event:?}");
                told.steps += 1;
                heard.insert(step.trigger.id);
                sent.extend(step.commands.iter().map(|command| command.id));
                set.extend(step.timers.iter().map(|timer| timer.id));
                cancelled.extend(step.cancelled.iter().copied());
                pending.insert(envelope.stream.clone(), step.pending);
            }
            names::TIMER => {
                assert!(set.contains(&envelope.id), "a timer that nobody set: {event:?}");
                assert!(fired.insert(envelope.id), "a timer that came twice: {event:?}");
            }
            names::REFUSED => {
                let refused: CommandRefused = event.decode().expect("a refusal");
                outcomes.entry(refused.command.id).or_default().push("refused".to_owned());
                told.refused += 1;
            }
            name => {
                if let Some(cause) = envelope.metadata.causation_id {
                    outcomes.entry(cause.as_uuid().into()).or_default().push(name.to_owned());
                }
            }
        }
    }
    for command in sent {
        match outcomes.get(&command).map(Vec::as_slice) {
            None => drop(told.unanswered.insert(command)),
            Some([one]) => told.accepted += usize::from(one != "refused"),
            Some(several) => panic!("command {command} has several outcomes: {several:?}"),
        }
    }
    told.timers = fired.len();
    told.pending = pending.into_values().flatten().map(|timer| timer.id).collect();
    let passed_over = |timer: &EventId| heard.contains(timer) || cancelled.contains(timer);
    told.unheard = fired.into_iter().filter(|timer| !passed_over(timer)).collect();
    told
}
