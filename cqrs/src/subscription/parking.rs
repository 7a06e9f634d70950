//! Streams of a bus relay that wait because one of their events failed.
//!
//! Invariant: for one handler and one stream, events are handled in order. While a stream has a dead letter, no later
//! event of it is handled: it queues behind. Handling the dead letter again, or skipping it, lets the next one
//! of the stream be tried; only when none is left does the stream run freely again.

use std::{collections::HashSet, sync::Arc};

use jiff::Timestamp;

use crate::{
    event::{DecodeError, RecordedEvent},
    message::{Position, StreamId},
    store::{
        DeadLetter, DeadLetterKey, DeadLetterState, EventQuery, LetterQueue, Store, StoreError, read_page,
    },
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

    fn letter(
        &self,
        event: &RecordedEvent,
        state: DeadLetterState,
        attempts: u32,
        error: String,
    ) -> DeadLetter {
        let stream = event.envelope.stream.clone();
        let key = DeadLetterKey { handler: self.handler.to_owned(), stream, position: event.position };
        DeadLetter {
            key,
            version: event.envelope.version,
            state,
            attempts,
            error,
            time: Timestamp::now(),
            retry_at: None,
            queue: LetterQueue::Letters,
        }
    }
}

/// Whether an event that cannot be read, after `position`, says at least where it stands: else nothing can be done about it
/// but stop.
pub(crate) fn is_placed(error: &DecodeError, position: Position) -> bool {
    error.position > position && !error.stream.category().is_empty() && !error.stream.key().is_empty()
}

/// The letter of an event that cannot be read: it parks its stream if it is the first to do so.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn letter_of(handler: &str, error: &DecodeError, first: bool) -> DeadLetter {
    let (handler, stream) = (handler.to_owned(), error.stream.clone());
    let (state, attempts, text) = if first {
        (DeadLetterState::Failed, 1, crate::error_chain::chain(error))
    } else {
        (DeadLetterState::Queued, 0, String::new())
    };
    DeadLetter {
        key: DeadLetterKey { handler, stream, position: error.position },
        version: error.version,
        state,
        attempts,
        error: text,
        time: Timestamp::now(),
        retry_at: None,
        queue: LetterQueue::Letters,
    }
}

/// Why the event of a dead letter cannot be had.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LostEvent {
    /// It is no longer in the log.
    #[error("the event at position {0} is gone from the log")]
    Gone(Position),
    /// It is there, and cannot be read.
    #[error(transparent)]
    Undecodable(Arc<DecodeError>),
}

/// The event of a dead letter, or why it cannot be had.
pub(crate) async fn event_of(
    store: &dyn Store,
    letter: &DeadLetter,
) -> Result<Result<RecordedEvent, LostEvent>, StoreError> {
    event_at(store, letter.key.position).await
}

/// The event at a position, or why it cannot be had.
pub(crate) async fn event_at(
    store: &dyn Store,
    position: Position,
) -> Result<Result<RecordedEvent, LostEvent>, StoreError> {
    let just_before = Position::new(position.get().saturating_sub(1));
    match read_page(store, &EventQuery::all().after(just_before).up_to(position), 1).await {
        Ok((mut events, _)) => Ok(events.pop().ok_or(LostEvent::Gone(position))),
        Err(StoreError::Decode(error)) => Ok(Err(LostEvent::Undecodable(error))),
        Err(error) => Err(error),
    }
}

/// The letter of an event that cannot be had, as one that failed again: it parks its stream until somebody skips it.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn lost(letter: DeadLetter, reason: &LostEvent) -> DeadLetter {
    let (state, attempts) = (DeadLetterState::Failed, letter.attempts.saturating_add(1));
    DeadLetter { state, attempts, error: crate::error_chain::chain(reason), ..letter }
}
