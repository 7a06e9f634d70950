//! A batch of events on its way into a database: what becomes of each, whatever the store.

use std::{collections::HashSet, sync::Arc, time::Duration};

use jiff::Timestamp;

use crate::{
    event::RecordedEvent,
    message::{Position, StreamId},
    services::Services,
    store::{DeadLetter, DeadLetterKey, DeadLetterState, Store, StoreError, Subscription, SubscriptionStart},
};

use super::{ApplyError, Projection, partitioned::partition_of};

/// A batch on its way into the database.
pub struct Batch {
    pub(crate) part: Part,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) services: Services,
    pub(crate) events: Arc<Vec<RecordedEvent>>,
    pub(crate) epoch: u64,
    pub(crate) from: Position,
    pub(crate) to: Position,
    pub(crate) budget: Duration,
    pub(crate) given_up: Option<GivenUp>,
}

/// Which part of a projection: the whole, or a partition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The name of its checkpoint.
    pub(crate) name: &'static str,
    /// Which partition; `None` for the whole.
    pub(crate) partition: Option<usize>,
}

impl Part {
    pub(super) fn whole<P: Projection>() -> Self {
        Self { name: P::NAME, partition: None }
    }

    pub(super) fn partition<P: Projection>(index: usize) -> Self {
        Self { name: P::PARTITIONS[index], partition: Some(index) }
    }

    /// Whether an event is for this part.
    pub(super) fn takes<P: Projection>(&self, event: &RecordedEvent) -> bool {
        self.partition.is_none_or(|index| partition_of::<P>(event) == index)
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
    pub(super) fn claim<P: Projection>(&self, found: Option<Subscription>) -> Result<(), ApplyError> {
        match found {
            Some(found) if found.version != P::VERSION => Err(newer::<P>(&found).into()),
            Some(found) if found.position == self.from && found.epoch == self.epoch => Ok(()),
            Some(found) => Err(ApplyError::Moved(found.position)),
            None => Err(ApplyError::Moved(Position::START)),
        }
    }

    /// The letter that an event becomes which is not to be handled: its stream is parked, or it is given up itself.
    pub(super) fn letter_for(
        &self,
        event: &RecordedEvent,
        parked: &mut HashSet<StreamId>,
    ) -> Option<DeadLetter> {
        if parked.contains(&event.envelope.stream) {
            return Some(letter(self.part.name, event, DeadLetterState::Queued, 0, String::new()));
        }
        let given_up = self.given_up.as_ref().filter(|given_up| given_up.position == event.position)?;
        parked.insert(event.envelope.stream.clone());
        let (attempts, error) = (given_up.attempts, given_up.error.clone());
        Some(letter(self.part.name, event, DeadLetterState::Failed, attempts, error))
    }

    /// Where the checkpoint moves when all wanted events up to `reached` were dealt with.
    pub(super) fn end(&self, reached: Position) -> Position {
        let all = self.wanted().next_back().is_none_or(|last| last.position <= reached);
        if all { self.to } else { reached }
    }
}

/// The error of a program that is older than what is there.
pub(super) fn newer<P: Projection>(found: &Subscription) -> StoreError {
    StoreError::NewerProjection { name: P::NAME, found: found.version, known: P::VERSION }
}

/// How a projection begins.
pub(super) fn start<P: Projection>() -> SubscriptionStart {
    let position = Some(Position::START);
    SubscriptionStart { name: P::NAME, aliases: P::ALIASES, version: P::VERSION, position }
}

/// The streams the letters park.
pub(super) fn streams(letters: Vec<DeadLetter>) -> HashSet<StreamId> {
    letters.into_iter().map(|letter| letter.key.stream).collect()
}

/// The dead letter of an event.
pub(super) fn letter(
    subscription: &str,
    event: &RecordedEvent,
    state: DeadLetterState,
    attempts: u32,
    error: String,
) -> DeadLetter {
    let stream = event.envelope.stream.clone();
    let key = DeadLetterKey { handler: subscription.to_owned(), stream, position: event.position };
    DeadLetter { key, version: event.envelope.version, state, attempts, error, time: Timestamp::now() }
}
