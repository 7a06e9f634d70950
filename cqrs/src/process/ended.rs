//! The end of a process by an operator's hand.

use serde::{Deserialize, Serialize};

use crate::{
    event::{DecodeError, JsonError, RecordedEvent},
    message::{EventId, StreamId},
    store::NewEvent,
};

use super::{
    Step, StepTrigger, TriggerKind, names,
    stored::{library_event, new_event},
};

/// That somebody has ended a process, stored as one event of its stream: `process/ended`. Who it was, its metadata says.
///
/// It is no trigger: nothing handles it, and no state is read for it. So it ends a process also whose state cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessEnded {
    /// Why.
    pub reason: String,
    /// The timers that are no longer to come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<EventId>,
}

library_event!(ProcessEnded, names::ENDED);

impl ProcessEnded {
    /// Returns the event as it is stored in this stream. A process is ended once, so that its id follows from the process.
    pub fn event(&self, process: &StreamId) -> Result<NewEvent, JsonError> {
        new_event(EventId::derived(names::ENDED, process), self)
    }
}

impl Step {
    /// What an event of a process's stream says of where the process stands: a step, or the end by an operator's hand, which
    /// stands for one.
    pub(crate) fn read(event: &RecordedEvent) -> Result<Self, DecodeError> {
        if event.envelope.name != names::ENDED {
            return event.decode();
        }
        let ProcessEnded { cancelled, .. } = event.decode()?;
        let (id, name) = (event.envelope.id, event.envelope.name.clone());
        Ok(Self {
            trigger: StepTrigger { id, position: event.position, kind: TriggerKind::Operator, name },
            state: None,
            state_version: 0,
            commands: Vec::new(),
            timers: Vec::new(),
            cancelled,
            pending: Vec::new(),
            ended: true,
        })
    }
}
