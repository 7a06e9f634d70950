//! An event on its way out of the process.

use smol_str::SmolStr;
use uuid::Uuid;

use crate::event::RecordedEvent;

use super::Message;

/// An event on its way: what the log has of it. The position and the version let a receiver see doubles and gaps.
pub type EventMessage = RecordedEvent;

impl Message for RecordedEvent {
    const KIND: &'static str = "event";

    fn id(&self) -> Uuid {
        self.envelope.id.as_uuid()
    }

    fn name(&self) -> &str {
        &self.envelope.name
    }

    fn key(&self) -> SmolStr {
        smol_str::format_smolstr!("{}", self.envelope.stream)
    }
}
