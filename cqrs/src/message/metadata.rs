//! What a message says about itself, apart from its content.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{CausationId, CorrelationId};

/// Who asked for what, when, and in what context: carried by every command, copied to the events it
/// causes, and from these to the commands that follow.
///
/// Absent values are absent in the stored form, too; nothing is filled in. Fields that a later version of the library
/// stores are ignored by this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Shared by everything that follows from one first cause.
    pub correlation_id: CorrelationId,
    /// The message that directly caused this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<CausationId>,
    /// The actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<SmolStr>,
    /// On whose behalf, where that is another than the actor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<SmolStr>,
    /// Whose data it concerns, in an application that serves several tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<SmolStr>,
    /// When the command was accepted, in UTC.
    pub time: Timestamp,
    /// Anything else, by name. Names that begin with `cqrs-` are the library's own: a command that comes with one is
    /// refused.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl Metadata {
    /// Returns metadata of a first cause: a new correlation id, the time now, nothing else.
    pub fn new() -> Self {
        Self::correlated(CorrelationId::generate())
    }

    /// Returns metadata of a message that belongs to an ongoing piece of business, at the time now.
    pub fn correlated(correlation_id: CorrelationId) -> Self {
        Self::correlated_at(correlation_id, Timestamp::now())
    }

    pub(crate) fn correlated_at(correlation_id: CorrelationId, time: Timestamp) -> Self {
        Self {
            correlation_id,
            causation_id: None,
            actor: None,
            on_behalf_of: None,
            tenant: None,
            time,
            headers: BTreeMap::new(),
        }
    }

    /// Returns metadata of a message caused by another: everything is handed on but the causation id, which names
    /// the cause, the time, which is now, and the headers that are the library's own.
    #[must_use]
    pub fn caused_by(&self, cause: impl Into<CausationId>) -> Self {
        let mut caused = Self { causation_id: Some(cause.into()), time: Timestamp::now(), ..self.clone() };
        caused.headers.retain(|name, _| !is_reserved(name));
        caused
    }

    /// Refuses headers that nobody but the library may set.
    pub(crate) fn check_headers(&self) -> Result<(), ReservedHeader> {
        match self.headers.keys().find(|name| is_reserved(name)) {
            Some(name) => Err(ReservedHeader { name: name.clone() }),
            None => Ok(()),
        }
    }
}

/// What the names of the library's own headers begin with.
const RESERVED: &str = "cqrs-";

/// In any case: on their way through HTTP, names of headers may change theirs.
fn is_reserved(name: &str) -> bool {
    name.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
}

/// A header whose name only the library may use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the header `{name}` is refused: names that begin with `{RESERVED}` are the library's own")]
pub struct ReservedHeader {
    /// The name.
    pub name: String,
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
    fn fields_of_a_later_version_are_ignored() {
        let metadata = Metadata { actor: Some("alice".into()), ..Metadata::new() };
        let mut json = serde_json::to_value(&metadata).unwrap();
        json["of_tomorrow"] = serde_json::json!({"nested": [1]});
        assert_eq!(serde_json::from_value::<Metadata>(json).unwrap(), metadata);
    }

    #[test]
    fn headers_of_the_library_are_known_in_any_case_and_not_handed_on() {
        let with = |name: &str| {
            let mut metadata = Metadata::new();
            metadata.headers.insert(name.to_owned(), "x".to_owned());
            metadata
        };
        for name in ["cqrs-", "cqrs-process", "CQRS-Process"] {
            assert_eq!(with(name).check_headers(), Err(ReservedHeader { name: name.to_owned() }));
            assert!(with(name).caused_by(CommandId::generate()).headers.is_empty());
        }
        for name in ["cqrs", "x-cqrs-process", "cqrsprocess", "ĉqrs-", ""] {
            assert_eq!(with(name).check_headers(), Ok(()));
            assert_eq!(with(name).caused_by(CommandId::generate()).headers.len(), 1);
        }
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
