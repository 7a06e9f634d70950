//! Triggers that come before their process.

use serde::{Deserialize, Serialize};

use crate::{
    event::JsonError,
    message::{EventId, StreamId},
    store::NewEvent,
};

use super::{
    StepTrigger, names,
    stored::{library_event, new_event},
};

/// A trigger that waits for its process, stored as one event of the stream that the process will have: `process/waits`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerWaits {
    /// What waits.
    pub trigger: StepTrigger,
}

library_event!(TriggerWaits, names::WAITS);

impl TriggerWaits {
    /// Returns the event as it is stored for the process in this stream; its id, which its append claims, follows from the trigger's.
    pub fn event(&self, process: &StreamId) -> Result<NewEvent, JsonError> {
        let id = EventId::derived(names::WAITS, format_args!("{process}/{}", self.trigger.id));
        new_event(id, self)
    }
}
