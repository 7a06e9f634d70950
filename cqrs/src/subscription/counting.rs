//! Counting what was handled, by type of event.

use metrics::counter;
use smol_str::SmolStr;

use crate::event::RecordedEvent;

use super::Environment;

/// Counts the events a handler or projection has dealt with. A batch has few types, so that each is looked up once.
pub(crate) fn count_handled(environment: &Environment, handler: &'static str, events: &[RecordedEvent]) {
    environment.throughput.add(handler, events.len());
    let mut counts: Vec<(&SmolStr, u64)> = Vec::new();
    for event in events {
        let name = &event.envelope.name;
        match counts.iter_mut().find(|(counted, _)| *counted == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    for (name, count) in counts {
        counter!("cqrs_events_handled_total", "handler" => handler, "event" => name.to_string())
            .increment(count);
    }
}

/// Counts an event that a handler or projection failed to deal with.
pub(crate) fn count_failed(handler: &'static str, event: &str) {
    counter!("cqrs_events_failed_total", "handler" => handler, "event" => event.to_owned()).increment(1);
}
