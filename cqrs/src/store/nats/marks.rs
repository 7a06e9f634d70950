//! Where streams were last seen to end, so that an append need not ask the server first.
//!
//! Invariant: a mark was true once, and a stream only grows; so a mark is right or behind, never ahead. Whoever uses one
//! that is behind is refused by the server, and asks.

use std::sync::{Mutex, PoisonError};

use hashlink::LruCache;

use crate::message::{StreamId, Version};

/// How many streams are remembered.
const KEPT: usize = 10_000;

/// The end of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The version of its last event.
    pub(super) version: Version,
    /// The sequence number of the message that holds it; 0 if there is none.
    pub(super) sequence: u64,
}

/// The marks of the streams in use.
pub(super) struct Marks(Mutex<LruCache<StreamId, Mark>>);

impl Default for Marks {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Marks {
    pub(super) fn get(&self, stream: &StreamId) -> Option<Mark> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(stream).copied()
    }

    /// Remembers an end, unless a later one is known.
    pub(super) fn saw(&self, stream: &StreamId, mark: Mark) {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if marks.get(stream).is_none_or(|known| known.sequence < mark.sequence) {
            marks.insert(stream.clone(), mark);
        }
    }
}
