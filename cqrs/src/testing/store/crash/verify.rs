//! What was acknowledged, and whether it is there.

use std::{collections::HashMap, fmt};

use crate::{
    event::RecordedEvent,
    message::{CorrelationId, Position},
    store::{EventStore, Store},
};

use super::super::fixtures::all;

/// The header that says how many events the append has, which an event is of.
pub(super) const COUNT: &str = "events-of-the-append";

const ACKNOWLEDGED: &str = "acknowledged";

/// What a child says of an append that was stored.
pub(super) struct Acknowledgement {
    pub(super) id: CorrelationId,
    pub(super) count: u64,
    pub(super) position: Position,
}

impl fmt::Display for Acknowledgement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{ACKNOWLEDGED} {} {} {}", self.id, self.count, self.position)
    }
}

pub(super) fn is_acknowledgement(line: &str) -> bool {
    parse(line).is_some()
}

fn parse(line: &str) -> Option<Acknowledgement> {
    let mut words = line.strip_prefix(ACKNOWLEDGED)?.split_whitespace();
    let (id, count, position) = (words.next()?, words.next()?, words.next()?);
    let position = Position::new(position.parse().ok()?);
    Some(Acknowledgement { id: id.parse().ok()?, count: count.parse().ok()?, position })
}

/// What all children together were told.
#[derive(Default)]
pub(super) struct Ledger {
    acknowledged: HashMap<CorrelationId, (u64, Position)>,
}

impl Ledger {
    pub(super) fn hear(&mut self, line: &str) {
        if let Some(Acknowledgement { id, count, position }) = parse(line) {
            self.acknowledged.insert(id, (count, position));
        }
    }

    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.len()
    }

    /// Everything that was acknowledged is there, and nothing is there in part.
    pub(super) async fn verify(&self, store: &dyn Store) {
        let mut appends: HashMap<CorrelationId, Vec<RecordedEvent>> = HashMap::new();
        for event in all(store).await {
            appends.entry(event.envelope.metadata.correlation_id).or_default().push(event);
        }
        for events in appends.values() {
            check_whole(events);
            check_command(store, events).await;
        }
        for (id, (count, position)) in &self.acknowledged {
            let found =
                appends.get(id).and_then(|events| Some((events.len() as u64, events.last()?.position)));
            assert_eq!(found, Some((*count, *position)), "an acknowledged append is lost, or elsewhere");
        }
    }
}

fn check_whole(events: &[RecordedEvent]) {
    let headers = &events[0].envelope.metadata.headers;
    let count = headers.get(COUNT).and_then(|count| count.parse().ok());
    assert_eq!(count, Some(events.len()), "an append is there in part: {:?}", events[0]);
}

async fn check_command(store: &dyn Store, events: &[RecordedEvent]) {
    let Some(cause) = events[0].envelope.metadata.causation_id else { return };
    let record = EventStore::command(store, cause.as_uuid().into()).await.expect("the command can be read");
    let appended = record.map(|record| (record.appended.count(), record.appended.last_position()));
    let expected = events.last().map(|last| (events.len() as u64, last.position));
    assert_eq!(appended, expected, "events are there whose command is not known");
}
