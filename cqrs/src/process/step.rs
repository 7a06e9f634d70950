//! A step, as it is stored: what a process made of one trigger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    event::Payload,
    message::{CommandId, EventId, Metadata, Position},
};

use super::{TriggerKind, chain, names, stored::library_event};

/// What a process made of one trigger, stored as one event of the process's stream: `process/step`.
///
/// It is all there is: the state after it, the commands that are to be sent, the timers that are to be set. The state before a
/// step is that of the step before it. On whose behalf it was made, its metadata says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it was made of.
    pub trigger: StepTrigger,
    /// The state after it; `None` if the process has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Payload>,
    /// The version of the state.
    pub state_version: u32,
    /// The commands, in the order in which they are sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<SentCommand>,
    /// The timers it sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<SetTimer>,
    /// The timers that are no longer to come: cancelled, replaced, or void since the process has ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<EventId>,
    /// All timers that are to come after this step, those included that it sets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingTimer>,
    /// Whether the process has ended.
    #[serde(default)]
    pub ended: bool,
}

library_event!(Step, names::STEP);

/// What a step was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTrigger {
    /// The identity of the event.
    pub id: EventId,
    /// Where it stands in the log. It is in no id, since a transform changes it.
    pub position: Position,
    /// What kind of trigger it is.
    pub kind: TriggerKind,
    /// The stored name of the event, of the timer, or of the command that was refused.
    pub name: SmolStr,
}

/// A command that a step sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentCommand {
    /// Which one of its step, from 0.
    pub index: u32,
    /// Its identity; see [`StepClaim::command`](super::StepClaim::command).
    pub id: CommandId,
    /// Its name.
    pub name: SmolStr,
    /// The id of the aggregate it is for, as text: a bus keeps commands for one in order.
    pub key: SmolStr,
    /// The version of its type.
    pub version: u32,
    /// A number that follows from the fields of its type.
    pub shape: u64,
    /// Its content as JSON.
    pub payload: Payload,
    /// When it is to be handled; at once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// By when it is to be begun; whenever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Whether it goes over the command bus.
    #[serde(default)]
    pub remote: bool,
    /// How many steps lie behind it.
    #[serde(default)]
    pub depth: u32,
}

/// A timer that a step sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTimer {
    /// Its identity, and that of its event; see [`StepClaim::timer`](super::StepClaim::timer).
    pub id: EventId,
    /// Its stored name.
    pub name: SmolStr,
    /// The version of its payload's schema.
    pub schema_version: u32,
    /// Its content as JSON.
    pub payload: Payload,
    /// When it is due.
    pub due: Timestamp,
    /// How many steps lie behind it.
    #[serde(default)]
    pub depth: u32,
}

/// A timer that is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingTimer {
    /// Its identity.
    pub id: EventId,
    /// Its stored name: of one name, one is pending.
    pub name: SmolStr,
    /// When it is due.
    pub due: Timestamp,
}

impl SentCommand {
    /// Returns the metadata to send it with at the time `now`: who, why and for whom are the step's, whose event is the
    /// cause.
    pub fn metadata(&self, step: &crate::event::Envelope, now: Timestamp) -> Metadata {
        let mut metadata =
            Metadata { causation_id: Some(step.id.into()), time: now, ..step.metadata.clone() };
        chain::name(&mut metadata, &step.stream, self.depth);
        metadata
    }
}
