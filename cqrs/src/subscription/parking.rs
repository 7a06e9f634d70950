//! Streams that wait because one of their events failed.
//!
//! Invariant: for one handler and one stream, events are handled in order. While a stream has a dead letter, no later
//! event of it is handled: it queues behind. Handling the dead letter again, or skipping it, lets the next one
//! of the stream be tried; only when none is left does the stream run freely again.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::{
    event::RecordedEvent,
    message::StreamId,
    store::{DeadLetter, DeadLetterKey, DeadLetterState, Store, StoreError},
};

/// The parked streams of one handler.
#[derive(Debug)]
pub(crate) struct Parking {
    handler: &'static str,
    streams: HashSet<StreamId>,
}

impl Parking {
    pub(crate) fn new(handler: &'static str) -> Self {
        Self { handler, streams: HashSet::new() }
    }

    /// Reads from the store which streams are parked, and gives the letters to be tried again.
    pub(crate) async fn reload(&mut self, store: &dyn Store) -> Result<Vec<DeadLetter>, StoreError> {
        let letters = store.dead_letters(self.handler).await?;
        self.streams = letters.iter().map(|letter| letter.key.stream.clone()).collect();
        Ok(letters.into_iter().filter(|letter| letter.state == DeadLetterState::Retrying).collect())
    }

    pub(crate) fn is_parked(&self, stream: &StreamId) -> bool {
        self.streams.contains(stream)
    }

    /// Parks the stream of an event that failed.
    pub(crate) async fn fail(
        &mut self,
        store: &dyn Store,
        event: &RecordedEvent,
        attempts: u32,
        error: String,
    ) -> Result<(), StoreError> {
        self.streams.insert(event.envelope.stream.clone());
        store.park(self.letter(event, DeadLetterState::Failed, attempts, error)).await
    }

    /// Puts an event behind the one that parks its stream.
    pub(crate) async fn queue(&self, store: &dyn Store, event: &RecordedEvent) -> Result<(), StoreError> {
        store.park(self.letter(event, DeadLetterState::Queued, 0, String::new())).await
    }

    pub(crate) fn letter(
        &self,
        event: &RecordedEvent,
        state: DeadLetterState,
        attempts: u32,
        error: String,
    ) -> DeadLetter {
        let stream = event.envelope.stream.clone();
        let key = DeadLetterKey { handler: self.handler.to_owned(), stream, position: event.position };
        DeadLetter { key, version: event.envelope.version, state, attempts, error, time: Timestamp::now() }
    }
}
