//! The streams, and where their events stand.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::{
    message::{Position, StreamId, Version},
    store::{StoreError, StreamWrite},
};

/// They stand in the order in which they came, so that an event needs to keep no more of its stream than a number.
#[derive(Debug, Default)]
pub(super) struct Streams {
    streams: Vec<Stream>,
    by_id: HashMap<StreamId, usize, RandomState>,
}

/// A stream that has events: their positions, by version.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: StreamId,
    pub(super) positions: Vec<Position>,
}

impl Streams {
    pub(super) fn version(&self, id: &StreamId) -> Version {
        Version::new(self.positions(id).len() as u64)
    }

    /// The positions of a stream's events; none of a stream without.
    pub(super) fn positions(&self, id: &StreamId) -> &[Position] {
        self.by_id.get(id).map_or(&[], |&number| &self.streams[number].positions)
    }

    /// The name of the stream with this number.
    pub(super) fn id(&self, number: usize) -> &StreamId {
        &self.streams[number].id
    }

    /// Refuses writes to streams that are not where the writer believed them to be.
    pub(super) fn check(&self, writes: &[StreamWrite]) -> Result<(), StoreError> {
        writes.iter().try_for_each(|write| write.check_expectation(self.version(&write.stream)))
    }

    /// The stream that is written to, and its number.
    pub(super) fn open(&mut self, id: &StreamId) -> (usize, &mut Stream) {
        let number = match self.by_id.get(id) {
            Some(&number) => number,
            None => self.add(id),
        };
        (number, &mut self.streams[number])
    }

    fn add(&mut self, id: &StreamId) -> usize {
        let number = self.streams.len();
        self.streams.push(Stream { id: id.clone(), positions: Vec::new() });
        self.by_id.insert(id.clone(), number);
        number
    }
}
