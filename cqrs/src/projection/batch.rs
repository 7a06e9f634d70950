//! A batch of events on its way into a database: what becomes of each, whatever the store.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    error_chain::because,
    event::RecordedEvent,
    handler::BoxError,
    message::{Position, StreamId},
    services::Services,
    store::{
        DeadLetter, DeadLetterKey, DeadLetterState, LetterQueue, Store, StoreError, Subscription,
        SubscriptionStart,
    },
};

use super::{ApplyError, Facts};

/// A batch on its way into the database.
pub struct Batch {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) services: Services,
    /// The name of the checkpoint.
    pub(crate) name: Arc<str>,
    /// Whether it is the checkpoint of a partition.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "projections in SQLite are whole"))]
    pub(crate) partition: bool,
    pub(crate) events: Arc<Vec<RecordedEvent>>,
    pub(crate) epoch: u64,
    pub(crate) from: Position,
    pub(crate) to: Position,
    /// Whether there are no events after `to`.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite builds in place"))]
    pub(crate) complete: bool,
    /// How many events a batch has at most.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite builds in place"))]
    pub(crate) limit: usize,
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "PostgreSQL has room for appends meanwhile")
    )]
    pub(crate) budget: Duration,
    pub(crate) given_up: Option<GivenUp>,
}

/// How far a batch was applied.
#[derive(Clone, Copy, Debug)]
pub struct Applied {
    pub(crate) to: Position,
    /// Whether what was built took the place of what was read; the checkpoint has another name now.
    pub(crate) took_over: bool,
}

impl Applied {
    pub(super) fn up_to(to: Position) -> Self {
        Self { to, took_over: false }
    }
}

/// An event that was tried often enough, and is to be parked.
#[derive(Clone, Debug)]
pub(crate) struct GivenUp {
    pub(crate) position: Position,
    pub(crate) attempts: u32,
    pub(crate) error: String,
}

impl Batch {
    /// The events that the checkpoint is to move over.
    pub(super) fn wanted(&self) -> impl DoubleEndedIterator<Item = &RecordedEvent> {
        self.events.iter().filter(|event| event.position > self.from && event.position <= self.to)
    }

    /// Makes sure that the checkpoint is where the batch begins, and that no newer version of the projection has taken
    /// over. Whoever asks holds the checkpoint, so that what holds now holds until the transaction ends.
    pub(super) fn claim(&self, facts: &Facts, found: Option<Subscription>) -> Result<(), ApplyError> {
        match found {
            Some(found) if found.version != facts.version => Err(newer(facts, found.version).into()),
            Some(found) if found.position == self.from && found.epoch == self.epoch => Ok(()),
            Some(found) => Err(ApplyError::Moved(found.position)),
            None => Err(ApplyError::Gone),
        }
    }

    /// The letter that an event becomes which is not to be handled: its stream is parked, or it is given up itself.
    pub(super) fn letter_for(
        &self,
        event: &RecordedEvent,
        parked: &mut HashSet<StreamId>,
    ) -> Option<DeadLetter> {
        if parked.contains(&event.envelope.stream) {
            return Some(letter(&self.name, event, DeadLetterState::Queued, 0, String::new()));
        }
        let given_up = self.given_up.as_ref().filter(|given_up| given_up.position == event.position)?;
        parked.insert(event.envelope.stream.clone());
        let (attempts, error) = (given_up.attempts, given_up.error.clone());
        Some(letter(&self.name, event, DeadLetterState::Failed, attempts, error))
    }

    /// Where the checkpoint moves when all wanted events up to `reached` were dealt with.
    #[cfg(feature = "sqlite")]
    pub(super) fn end(&self, reached: Position) -> Position {
        let all = self.wanted().next_back().is_none_or(|last| last.position <= reached);
        if all { self.to } else { reached }
    }
}

/// The error and its causes.
pub(super) fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// A table is missing, and nothing in the program makes it.
#[derive(Debug, thiserror::Error)]
#[error("the projection has no `#[projection(schema = ..)]` that makes its tables{}", because(&**.0))]
struct NoSchema(#[source] BoxError);

/// The error of a handler, with what it lacks if it lacks a table that nobody makes.
pub(super) fn explained(facts: &Facts, reason: BoxError, no_table: bool) -> BoxError {
    if no_table && facts.schema.is_none() { NoSchema(reason).into() } else { reason }
}

/// The error of a program that is older than what is there.
pub(super) fn newer(facts: &Facts, found: u32) -> StoreError {
    StoreError::NewerProjection { name: facts.name, found, known: facts.version }
}

/// How a projection begins.
pub(super) fn start(facts: &Facts) -> SubscriptionStart {
    let position = Some(Position::START);
    SubscriptionStart { name: facts.name, aliases: facts.aliases, version: facts.version, position }
}

/// The streams the letters park.
pub(super) fn streams(letters: Vec<DeadLetter>) -> HashSet<StreamId> {
    letters.into_iter().map(|letter| letter.key.stream).collect()
}

/// The dead letter of an event, for the subscription of this name.
pub(super) fn letter(
    name: &str,
    event: &RecordedEvent,
    state: DeadLetterState,
    attempts: u32,
    error: String,
) -> DeadLetter {
    let stream = event.envelope.stream.clone();
    let key = DeadLetterKey { handler: name.to_owned(), stream, position: event.position };
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
