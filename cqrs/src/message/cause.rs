//! The event that a handler was called with, as the cause of what the handler sends.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{CommandId, EventId, Metadata};

/// What makes ids of their own for the commands of event handlers. It is part of stored ids, and must never change.
const NAMESPACE: &str = "cqrs/event-handler";

/// One call of an event handler: what it sends follows from this.
///
/// Invariant: called again with the same event, a handler that sends the same commands to an aggregate in the same order
/// sends them under the same ids. Commands are counted by name and aggregate, so that it may send those to different ones
/// side by side.
#[derive(Debug)]
pub(crate) struct Cause {
    handler: &'static str,
    event: EventId,
    metadata: Metadata,
    sent: Mutex<HashMap<(&'static str, String), u64>>,
}

impl Cause {
    /// A call of `handler` with an event.
    pub(crate) fn new(handler: &'static str, event: EventId, metadata: Metadata) -> Self {
        Self { handler, event, metadata, sent: Mutex::default() }
    }

    /// The id of the next command of this name to this aggregate.
    pub(crate) fn next_id(&self, command: &'static str, aggregate_id: &str) -> CommandId {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = sent.entry((command, aggregate_id.to_owned())).or_default();
        *sent += 1;
        // Written as JSON, in which no two of them are alike.
        let key = serde_json::json!([self.handler, self.event, command, aggregate_id, sent]);
        CommandId::derived(NAMESPACE, key)
    }

    /// The metadata of what it sends.
    pub(crate) fn metadata(&self) -> Metadata {
        self.metadata.caused_by(self.event)
    }

    /// The event's own metadata.
    pub(crate) fn of_event(&self) -> &Metadata {
        &self.metadata
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: uuid::Uuid = uuid::Uuid::from_u128(7);

    fn call(handler: &'static str) -> Cause {
        Cause::new(handler, EVENT.into(), Metadata::new())
    }

    #[test]
    fn another_call_with_the_same_event_gives_the_same_ids_whatever_the_order_between_aggregates() {
        let (first, again) = (call("bonus"), call("bonus"));
        let mut ids = [("credit", "a"), ("credit", "a"), ("credit", "b"), ("debit", "a")]
            .map(|(command, id)| first.next_id(command, id));
        let mut same = [("debit", "a"), ("credit", "b"), ("credit", "a"), ("credit", "a")]
            .map(|(command, id)| again.next_id(command, id));
        ids.sort_unstable();
        same.sort_unstable();
        assert_eq!(ids, same);
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn every_part_counts() {
        let ids = [("bonus", "credit", "a"), ("welcome", "credit", "a"), ("bonus", "debit", "a")]
            .map(|(handler, command, id)| call(handler).next_id(command, id));
        let other_event = Cause::new("bonus", EventId::generate(), Metadata::new());
        let all = [&ids[..], &[other_event.next_id("credit", "a")]].concat();
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), 4);
    }

    /// It is stored, so it must stay.
    #[test]
    fn it_is_the_same_in_every_version() {
        let id = call("bonus").next_id("credit", "\"a\", 1");
        assert_eq!(id.to_string(), "08c7b8f8-3c79-5f2a-9efe-be6a669c0f58");
    }
}
