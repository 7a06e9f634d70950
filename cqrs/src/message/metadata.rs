//! What a message says about itself, apart from its content.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{CausationId, CorrelationId};

/// Who asked for what, when, and in which connection: carried by every command, copied to the events it
/// causes, and from these to the commands that follow.
///
/// Absent values are absent in the stored form, too; nothing is filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Shared by everything that follows from one first cause.
    pub correlation_id: CorrelationId,
    /// The message that directly caused this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<CausationId>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<SmolStr>,
    /// For whom it was done, where that is somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<SmolStr>,
    /// Whose data it concerns, in an application that serves several tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<SmolStr>,
    /// When the command was accepted, in UTC.
    pub time: Timestamp,
    /// Anything else, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl Metadata {
    /// Metadata of a first cause: a new correlation id, the time now, nothing else.
    pub fn new() -> Self {
        Self::correlated(CorrelationId::generate())
    }

    /// Metadata of a message that belongs to an ongoing piece of business, at the time now.
    pub fn correlated(correlation_id: CorrelationId) -> Self {
        Self {
            correlation_id,
            causation_id: None,
            actor: None,
            on_behalf_of: None,
            tenant: None,
            time: Timestamp::now(),
            headers: BTreeMap::new(),
        }
    }

    /// Metadata of a message caused by another: everything is handed on but the causation id, which names
    /// the cause, and the time, which is now.
    #[must_use]
    pub fn caused_by(&self, cause: impl Into<CausationId>) -> Self {
        Self { causation_id: Some(cause.into()), time: Timestamp::now(), ..self.clone() }
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommandId;

    #[test]
    fn absent_values_are_absent_in_json() {
        let json = serde_json::to_value(Metadata::new()).unwrap();
        assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["correlation_id", "time"]);
    }

    #[test]
    fn a_caused_message_keeps_who_and_why_and_names_its_cause() {
        let first = Metadata { actor: Some("alice".into()), ..Metadata::new() };
        let cause = CommandId::generate();
        let second = first.caused_by(cause);
        assert_eq!(second.actor.as_deref(), Some("alice"));
        assert_eq!(second.correlation_id, first.correlation_id);
        assert_eq!(second.causation_id, Some(cause.into()));
    }
}
