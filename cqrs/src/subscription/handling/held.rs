//! A stream that waits behind a letter.

use jiff::Timestamp;

use crate::{
    message::{Position, StreamId},
    store::{DeadLetter, DeadLetterKey, DeadLetterState, LetterQueue},
};

use super::{
    letters::Target,
    stream::{Place, Queue},
};

/// A stream that waits behind a letter: of an event that failed, or of the last one that is done of those which waited.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) place: Place,
    pub(super) attempts: u32,
    /// When the letter was first put there.
    since: Timestamp,
    /// Where the letter is that the store has, if it has one.
    pub(super) stored: Option<Position>,
    pub(super) phase: Phase,
    /// The letters behind it that release 0.1.0 wrote, each for an event; what it has none for, somebody has skipped.
    queued: Vec<Position>,
}

/// What is to become of a stream that is held.
#[derive(Debug)]
pub(super) enum Phase {
    /// Nothing, until somebody sees to its letter.
    Dead,
    /// Its event is called again at this time.
    Waiting(Timestamp),
    /// Its event is to be called now, since somebody asked for it.
    Asked,
    /// Its event is called. Whether that was asked for is said.
    Calling { asked: bool },
    /// Its event is done; what waits behind it in the log is read and handled.
    Resuming(Resuming),
}

/// What waits behind a letter, as far as it was read.
#[derive(Debug)]
pub(super) struct Resuming {
    pub(super) queue: Queue,
    /// Up to here it was read.
    pub(super) read: Position,
    /// Whether it is being read.
    pub(super) reading: bool,
}

impl Held {
    /// Behind an event that has just failed.
    pub(super) fn new(place: Place, now: Timestamp, stored: Option<Position>) -> Self {
        Self { place, attempts: 0, since: now, stored, phase: Phase::Dead, queued: Vec::new() }
    }

    /// As the store has it.
    pub(super) fn stored(letter: &DeadLetter) -> Self {
        let place = Place { position: letter.key.position, version: letter.version };
        let phase = match letter.state {
            DeadLetterState::Failed => Phase::Dead,
            DeadLetterState::Waiting => Phase::Waiting(letter.retry_at.unwrap_or(Timestamp::MIN)),
            DeadLetterState::Queued | DeadLetterState::Retrying => Phase::Asked,
            DeadLetterState::Resuming => Phase::resuming(place.position),
        };
        let (attempts, since, stored) = (letter.attempts, letter.time, Some(place.position));
        Self { place, attempts, since, stored, phase, queued: Vec::new() }
    }

    /// Somebody asked for its event to be called, or skipped it.
    pub(super) fn asked(&mut self, letter: &DeadLetter) {
        let queued = std::mem::take(&mut self.queued);
        *self = Self { queued, ..Self::stored(letter) };
    }

    /// Takes what is to be called.
    pub(super) fn call(&mut self) -> Option<Target> {
        match &mut self.phase {
            Phase::Resuming(resuming) => resuming.queue.call().map(Box::new).map(Target::Item),
            Phase::Dead | Phase::Calling { .. } => None,
            phase @ (Phase::Waiting(_) | Phase::Asked) => {
                *phase = Phase::Calling { asked: matches!(phase, Phase::Asked) };
                Some(Target::Letter(self.place.position))
            }
        }
    }

    /// What was called is done.
    pub(super) fn done(&mut self) {
        match &mut self.phase {
            Phase::Resuming(resuming) => self.place = resuming.queue.ended().unwrap_or(self.place),
            phase => *phase = Phase::resuming(self.place.position),
        }
    }

    /// Whether something can be called at once.
    pub(super) fn is_callable(&self) -> bool {
        match &self.phase {
            Phase::Asked => true,
            Phase::Resuming(resuming) => resuming.queue.next().is_some(),
            _ => false,
        }
    }

    /// Whether what waits behind the letter is to be read.
    pub(super) fn is_unread(&self) -> bool {
        matches!(&self.phase, Phase::Resuming(resuming) if resuming.queue.is_empty() && !resuming.reading)
    }

    /// Whether its event is called again, its time having come.
    pub(super) fn is_retried(&self) -> bool {
        matches!(self.phase, Phase::Calling { asked: false })
    }

    /// Whether something behind the letter was read and is not done, or is being read.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(&self.phase, Phase::Resuming(resuming) if resuming.reading || !resuming.queue.is_empty())
    }

    /// Another letter of the stream, behind this one.
    pub(super) fn queue(&mut self, position: Position) {
        self.queued.push(position);
    }

    /// Whether somebody skipped an event that release 0.1.0 had put behind the letter.
    pub(super) fn was_skipped(&self, position: Position) -> bool {
        self.queued.last().is_some_and(|last| position <= *last) && !self.queued.contains(&position)
    }

    /// The letters that release 0.1.0 wrote for events up to the present one.
    pub(super) fn take_queued(&mut self) -> Vec<Position> {
        let done = self.queued.partition_point(|position| *position <= self.place.position);
        self.queued.drain(..done).collect()
    }

    /// The letter as it is to be stored.
    pub(super) fn letter(&self, handler: &str, stream: &StreamId, error: String) -> DeadLetter {
        let (state, retry_at) = match self.phase {
            Phase::Dead => (DeadLetterState::Failed, None),
            Phase::Waiting(time) => (DeadLetterState::Waiting, Some(time)),
            Phase::Asked | Phase::Calling { .. } => (DeadLetterState::Retrying, None),
            Phase::Resuming(_) => (DeadLetterState::Resuming, None),
        };
        let (handler, stream) = (handler.to_owned(), stream.clone());
        DeadLetter {
            key: DeadLetterKey { handler, stream, position: self.place.position },
            version: self.place.version,
            state,
            attempts: self.attempts,
            error,
            time: self.since,
            retry_at,
            queue: LetterQueue::Log,
        }
    }
}

impl Phase {
    /// What waits after this position is to be read.
    pub(super) fn resuming(after: Position) -> Self {
        Self::Resuming(Resuming { queue: Queue::default(), read: after, reading: false })
    }
}
