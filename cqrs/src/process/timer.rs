//! Timers: events of a process's own, which come when it is time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    event::{Envelope, Event, JsonError, Payload},
    message::{EventId, Metadata, StreamId},
    store::NewEvent,
};

use super::{
    SetTimer, chain, names,
    stored::{library_event, new_event},
};

/// An event that the process manager `P` has a `#[timer]` method for: only such can be scheduled.
#[diagnostic::on_unimplemented(
    message = "`{P}` has no `#[timer]` method for `{Self}`: add `#[timer] fn name(self, event: &{Self}) -> Self` to its `#[event_handler]` block",
    label = "nobody would hear this timer"
)]
pub trait TimerOf<P>: Event {}

/// A timer that is due, stored as one event of the process's stream: `process/timer`. The id of the event is the timer's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerDue {
    /// Its stored name.
    pub name: SmolStr,
    /// The version of its payload's schema.
    pub schema_version: u32,
    /// Its content as JSON.
    pub payload: Payload,
    /// When it was due. That is the time its handler goes by, however late it comes.
    pub due: Timestamp,
}

library_event!(TimerDue, names::TIMER);

/// What the due table holds of a timer: everything it takes to store its event, so that the poller needs no code of the process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimerRow {
    /// Whose timer it is.
    pub process: StreamId,
    /// The timer.
    pub timer: SetTimer,
    /// What its event carries.
    pub metadata: Metadata,
}

impl TimerRow {
    /// Returns what is to be kept of a timer that a step has set, whose event has this envelope.
    pub fn new(timer: SetTimer, step: &Envelope) -> Self {
        let mut metadata = Metadata { causation_id: Some(step.id.into()), ..step.metadata.clone() };
        chain::name(&mut metadata, &step.stream, timer.depth);
        Self { process: step.stream.clone(), timer, metadata }
    }

    /// Returns the timer's id, which names the row, and which the append of its event claims.
    pub fn id(&self) -> EventId {
        self.timer.id
    }

    /// Returns the event that is stored when the timer is due.
    pub fn event(&self) -> Result<NewEvent, JsonError> {
        let SetTimer { id, name, schema_version, payload, due, .. } = self.timer.clone();
        new_event(id, &TimerDue { name, schema_version, payload, due })
    }
}
