//! From the log to the event bus.

use crate::{error_chain::because, event::RecordedEvent, message::Position};

use super::{BusError, EventBus, Message};

/// Publishes what the log holds, page by page. The caller keeps the checkpoint.
///
/// Invariant: the checkpoint may move to a position only once every event up to it was confirmed. So the caller reads
/// a page after its checkpoint, calls [`Relay::publish`], moves the checkpoint to what that returns (or, on failure,
/// to [`RelayError::confirmed`]), and reads on from there. A crash in between publishes events twice, never not at all.
#[derive(Clone, Debug)]
pub struct Relay {
    bus: EventBus,
}

/// Why a page was not wholly published.
#[derive(Debug, thiserror::Error)]
#[error("the event at position {failed} was not confirmed{}", because(.source))]
pub struct RelayError {
    /// The last event before the failure; `None` if the first of the page failed. The checkpoint may move up to it.
    pub confirmed: Option<Position>,
    /// The first event that was not confirmed: go on from it.
    pub failed: Position,
    /// What went wrong.
    #[source]
    pub source: BusError,
}

impl RelayError {
    /// Returns whether the bus will never take the first event that was not confirmed. Then no repetition helps: somebody has to
    /// decide what becomes of the event, and others go on without it.
    pub fn is_for_good(&self) -> bool {
        self.source.is_for_good()
    }
}

impl Relay {
    /// Creates a relay to `bus`.
    pub fn to(bus: EventBus) -> Self {
        Self { bus }
    }

    /// Publishes a page of events in the order of the log, and returns the position of the last one once all are
    /// confirmed; `None` for an empty page.
    pub async fn publish(&self, page: &[RecordedEvent]) -> Result<Option<Position>, RelayError> {
        let (encoded, damaged) = encode(page);
        match self.bus.transport().publish(encoded).await {
            Ok(()) => damaged.map_or(Ok(page.last().map(|event| event.position)), Err),
            Err(error) => Err(failure(page, error.confirmed, error.source)),
        }
    }
}

/// The page up to the first event that cannot be encoded, and why it cannot.
fn encode(page: &[RecordedEvent]) -> (Vec<super::EncodedMessage>, Option<RelayError>) {
    let mut encoded = Vec::with_capacity(page.len());
    for event in page {
        match event.encode() {
            Ok(message) => encoded.push(message),
            Err(source) => {
                let error = failure(page, encoded.len(), source);
                return (encoded, Some(error));
            }
        }
    }
    (encoded, None)
}

fn failure(page: &[RecordedEvent], confirmed: usize, source: BusError) -> RelayError {
    let position = |index: usize| page.get(index).map(|event| event.position);
    RelayError {
        confirmed: confirmed.checked_sub(1).and_then(position),
        failed: position(confirmed).unwrap_or_default(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::{Envelope, Payload},
        message::{EventId, Metadata, StreamId, Version},
    };

    fn event(position: u64, json: &str) -> RecordedEvent {
        let envelope = Envelope {
            id: EventId::generate(),
            stream: StreamId::of("account", 7),
            version: Version::new(position),
            name: "numbered".into(),
            schema_version: 1,
            metadata: Metadata::new(),
        };
        let (position, payload) = (Position::new(position), Payload::from_json(json));
        RecordedEvent { position, envelope, payload }
    }

    #[tokio::test]
    async fn an_event_that_cannot_be_written_stops_the_page_there() {
        let page = [event(1, "1"), event(4, "4"), event(5, "damaged"), event(6, "6")];
        let error = Relay::to(EventBus::in_memory()).publish(&page).await.unwrap_err();
        assert_eq!((error.confirmed, error.failed), (Some(Position::new(4)), Position::new(5)));
    }

    #[tokio::test]
    async fn a_bus_that_takes_nothing_confirms_nothing() {
        let bus = EventBus::in_memory();
        bus.close().await.unwrap();
        let error = Relay::to(bus).publish(&[event(1, "1")]).await.unwrap_err();
        assert_eq!((error.confirmed, error.failed), (None, Position::new(1)));
        assert!(matches!(error.source, BusError::Closed));
    }
}
