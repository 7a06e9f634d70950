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
        self.by_id.get(id).map_or(Version::NONE, |&number| self.streams[number].version())
    }

    /// The positions of a stream's events; none of a stream without.
    pub(super) fn positions(&self, id: &StreamId) -> &[Position] {
        self.by_id.get(id).map_or(&[], |&number| &self.streams[number].positions)
    }

    /// The name of the stream with this number.
    pub(super) fn id(&self, number: usize) -> &StreamId {
        &self.streams[number].id
    }

    /// Refuses writes to streams that are not where the writer believed them to be. Gives the number of the last of them, where
    /// it has one: most appends write to one stream, which need not be looked for twice.
    pub(super) fn check(&self, writes: &[StreamWrite]) -> Result<Option<usize>, StoreError> {
        writes.iter().try_fold(None, |_, write| {
            let number = self.by_id.get(&write.stream).copied();
            let version = number.map_or(Version::NONE, |number| self.streams[number].version());
            write.check_expectation(version)?;
            Ok(number)
        })
    }

    /// The stream that is written to, and its number, which may be known.
    pub(super) fn open(&mut self, id: &StreamId, known: Option<usize>) -> (usize, &mut Stream) {
        let known = known.filter(|&number| self.streams[number].id == *id);
        let number = known.or_else(|| self.by_id.get(id).copied()).unwrap_or_else(|| self.add(id));
        (number, &mut self.streams[number])
    }

    fn add(&mut self, id: &StreamId) -> usize {
        let number = self.streams.len();
        self.streams.push(Stream { id: id.clone(), positions: Vec::new() });
        self.by_id.insert(id.clone(), number);
        number
    }
}

impl Stream {
    /// That of its last event.
    pub(super) fn version(&self) -> Version {
        Version::new(self.positions.len() as u64)
    }
}
