//! What sets a process going: events of the domain, due timers, refusals.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    event::{DecodeError, Envelope, Payload, RecordedEvent},
    message::Metadata,
};

use super::{CommandRefused, StepTrigger, TimerDue, names};

/// What kind of trigger it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TriggerKind {
    /// An event of the domain.
    Event,
    /// A timer of the process's own that is due.
    Timer,
    /// A command of the process's own that was refused.
    Refusal,
    /// An operator who has ended the process. No handler is called.
    Operator,
}

/// An event of the log that may set a process going.
///
/// Timers and refusals are events of the process's own stream, in the library's form; here they are as their handlers see
/// them: with the name and content of the timer, or the name of the refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    kind: TriggerKind,
    /// As handlers see it.
    event: RecordedEvent,
    time: Timestamp,
}

impl Trigger {
    /// Returns the trigger that an event of the log is; `None` for a step, and whatever else the library writes for itself.
    pub fn of(event: &RecordedEvent) -> Result<Option<Self>, DecodeError> {
        match event.envelope.name.as_str() {
            names::TIMER => Self::timer(event).map(Some),
            names::REFUSED => Self::refusal(event).map(Some),
            name if name.contains('/') => Ok(None),
            _ => Ok(Some(Self {
                kind: TriggerKind::Event,
                event: event.clone(),
                time: event.envelope.metadata.time,
            })),
        }
    }

    /// The time that a timer's handler goes by is the one that was asked for, however late the timer comes.
    fn timer(event: &RecordedEvent) -> Result<Self, DecodeError> {
        let TimerDue { name, schema_version, payload, due } = event.decode()?;
        let mut seen = as_seen(event, name, schema_version, payload);
        seen.envelope.metadata = Metadata { time: due, ..seen.envelope.metadata };
        Ok(Self { kind: TriggerKind::Timer, event: seen, time: due })
    }

    fn refusal(event: &RecordedEvent) -> Result<Self, DecodeError> {
        let name = event.decode::<CommandRefused>()?.handled_name();
        let seen = as_seen(event, name, event.envelope.schema_version, event.payload.clone());
        Ok(Self { kind: TriggerKind::Refusal, event: seen, time: event.envelope.metadata.time })
    }

    /// Returns what kind of trigger it is.
    pub fn kind(&self) -> TriggerKind {
        self.kind
    }

    /// Returns the event as its handler sees it.
    pub fn event(&self) -> &RecordedEvent {
        &self.event
    }

    /// Returns the time that its handler goes by: that of the event, or when the timer was due.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// What a step keeps of it.
    pub(super) fn for_step(&self) -> StepTrigger {
        let Envelope { id, name, .. } = &self.event.envelope;
        StepTrigger { id: *id, position: self.event.position, kind: self.kind, name: name.clone() }
    }
}

fn as_seen(event: &RecordedEvent, name: SmolStr, schema_version: u32, payload: Payload) -> RecordedEvent {
    let envelope = Envelope { name, schema_version, ..event.envelope.clone() };
    RecordedEvent { position: event.position, envelope, payload }
}
