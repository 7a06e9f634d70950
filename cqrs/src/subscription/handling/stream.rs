//! The events of one stream that wait to be handled.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    event::{DecodeError, RecordedEvent},
    message::{Position, StreamId, Version},
};

/// An event as it was read, or why it cannot be; with the stream, or another lane, in whose order it is handled.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) lane: StreamId,
    pub(super) event: Result<RecordedEvent, Arc<DecodeError>>,
}

impl Item {
    pub(super) fn unreadable(error: Arc<DecodeError>) -> Self {
        Self { lane: error.stream.clone(), event: Err(error) }
    }

    pub(super) fn place(&self) -> Place {
        match &self.event {
            Ok(event) => Place { position: event.position, version: event.envelope.version },
            Err(error) => Place { position: error.position, version: error.version },
        }
    }
}

/// Where an event stands: in the log, and in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) position: Position,
    pub(super) version: Version,
}

/// The events of one stream, in order, of which one is called at a time. Others may be in line behind it, in the same slot.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: VecDeque<Item>,
    calling: VecDeque<Place>,
}

impl Queue {
    pub(super) fn push(&mut self, item: Item) {
        self.waiting.push_back(item);
    }

    /// The first of those that wait, if none is called.
    pub(super) fn next(&self) -> Option<Place> {
        if self.calling.is_empty() { self.first() } else { None }
    }

    /// The first of those that wait.
    pub(super) fn first(&self) -> Option<Place> {
        self.waiting.front().map(Item::place)
    }

    /// Takes the first, to be called.
    pub(super) fn call(&mut self) -> Option<Item> {
        let item = self.waiting.pop_front()?;
        self.calling.push_back(item.place());
        Some(item)
    }

    /// The last one taken was not called after all.
    pub(super) fn uncall(&mut self, item: Item) {
        self.calling.pop_back();
        self.waiting.push_front(item);
    }

    /// The call is over; gives what was called.
    pub(super) fn ended(&mut self) -> Option<Place> {
        self.calling.pop_front()
    }

    /// Whether nothing waits, and nothing is called.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.calling.is_empty()
    }

    /// The places of all that wait or are in line.
    pub(super) fn places(&self) -> impl Iterator<Item = Place> {
        self.calling.iter().copied().chain(self.waiting.iter().map(Item::place))
    }
}
