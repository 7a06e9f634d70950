//! Two lists of events, compared as they are stored, and shown where they differ.

use serde_json::Value;
use similar::TextDiff;

use crate::{
    event::{Event, Payload, RecordedEvent},
    message::StreamId,
};

/// An event as far as a comparison goes: what is stored of it, less what is new each time.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// Everything but the content, in words.
    told: String,
    payload: String,
}

impl Fact {
    /// The event as it would be stored in `stream`.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    #[track_caller]
    pub(super) fn expected<E: Event>(stream: &StreamId, event: &E) -> Self {
        let kind = event.kind();
        match event.encode() {
            Ok(payload) => Self::of(kind.name, kind.version, &payload),
            Err(error) => {
                panic!("the expected event `{}` of {stream} cannot be written as JSON: {error}", kind.name)
            }
        }
    }

    pub(super) fn stored(event: &RecordedEvent) -> Self {
        Self::of(&event.envelope.name, event.envelope.schema_version, &event.payload)
    }

    fn of(name: &str, schema_version: u32, payload: &Payload) -> Self {
        Self::told(format!("{name} (schema version {schema_version})"), payload)
    }

    /// What is told in these words, and has this content.
    pub(super) fn told(told: String, payload: &Payload) -> Self {
        Self { told, payload: payload.as_json().to_owned() }
    }

    /// The same words, which are the name and schema version of an event, and the same JSON. JSON with its members in another order is the same.
    fn is(&self, other: &Self) -> bool {
        let content = |fact: &Self| serde_json::from_str::<Value>(&fact.payload).ok();
        let same_json = self.payload == other.payload
            || content(self).is_some_and(|this| content(other).is_some_and(|that| this == that));
        self.told == other.told && same_json
    }

    /// The event as people read it: its name, and its JSON over several lines.
    fn to_text(&self) -> String {
        let json = serde_json::from_str::<Value>(&self.payload)
            .and_then(|value| serde_json::to_string_pretty(&value))
            .unwrap_or_else(|_| self.payload.clone());
        format!("{} {json}\n", self.told)
    }
}

/// What differs between the events; `None` if they are the same.
pub(super) fn between(expected: &[Fact], actual: &[Fact]) -> Option<String> {
    let same =
        expected.len() == actual.len() && expected.iter().zip(actual).all(|(one, other)| one.is(other));
    (!same).then(|| difference(&to_text(expected), &to_text(actual)))
}

/// The events as people read them.
pub(super) fn to_text(facts: &[Fact]) -> String {
    facts.iter().map(Fact::to_text).collect()
}

fn difference(expected: &str, actual: &str) -> String {
    let differences = TextDiff::from_lines(expected, actual);
    let mut shown = "- expected, + decided\n\n".to_owned();
    for change in differences.iter_all_changes() {
        shown.extend([change.tag().to_string().as_str(), " ", change.value()]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(name: &str, payload: &str) -> Fact {
        Fact::of(name, 1, &Payload::from_json(payload))
    }

    #[test]
    fn the_order_of_members_is_no_difference() {
        let expected = [fact("moved", r#"{"from":1,"to":2}"#)];
        assert!(between(&expected, &[fact("moved", r#"{"to":2,"from":1}"#)]).is_none());
        assert!(between(&expected, &[fact("copied", r#"{"from":1,"to":2}"#)]).is_some());
        assert!(between(&expected, &[]).is_some());
    }

    #[test]
    fn the_line_that_differs_is_marked() {
        let expected = [fact("moved", r#"{"from":1,"to":2}"#)];
        let shown = between(&expected, &[fact("moved", r#"{"from":1,"to":3}"#)]).unwrap();
        assert_eq!(
            shown,
            "- expected, + decided\n\n  moved (schema version 1) {\n    \"from\": 1,\n-   \"to\": 2\n+   \"to\": 3\n  }\n"
        );
    }
}
