//! The events and the commands they answer.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use foldhash::fast::RandomState;
use smol_str::SmolStr;

use crate::{
    event::{Payload, StoredEvent, StoredMetadata},
    message::{CommandId, EventId, Metadata, Position, StreamId, Tag, Version},
    store::{
        Append, Appended, AppendedStream, CommandClaim, EventQuery, Fingerprint, NewEvent, PageEnd,
        RecordedCommand, StoreError, StreamWrite, Visit,
    },
};

/// The event at position p is `events[p - 1]`; `streams` lists the positions of each stream by version.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: Vec<Kept>,
    streams: HashMap<StreamId, Vec<Position>, RandomState>,
    commands: HashMap<CommandId, Handled, RandomState>,
}

/// A command that was handled. Its events stand next to each other, and say the rest.
#[derive(Debug)]
struct Handled {
    name: SmolStr,
    fingerprint: Fingerprint,
    first: Position,
    last: Position,
}

#[derive(Debug)]
struct Kept {
    stream: StreamId,
    version: Version,
    id: EventId,
    name: SmolStr,
    schema_version: u32,
    payload: Payload,
    tags: Vec<Tag>,
    metadata: Arc<Metadata>,
}

impl Log {
    pub(super) fn head(&self) -> Position {
        Position::new(self.events.len() as u64)
    }

    pub(super) fn version(&self, stream: &StreamId) -> Version {
        Version::new(self.streams.get(stream).map_or(0, Vec::len) as u64)
    }

    pub(super) fn command(&self, id: CommandId) -> Option<RecordedCommand> {
        let handled = self.commands.get(&id)?;
        let claim = CommandClaim { id, name: handled.name.clone(), fingerprint: handled.fingerprint };
        Some(RecordedCommand { claim, appended: self.appended(handled.first, handled.last) })
    }

    /// Where the events of one write landed, from the events themselves.
    fn appended(&self, first: Position, last: Position) -> Appended {
        let mut streams: Vec<AppendedStream> = Vec::new();
        for position in (first.get()..=last.get()).map(Position::new) {
            let kept = self.kept(position);
            match streams.last_mut().filter(|last| last.stream == kept.stream) {
                Some(stream) => (stream.last_version, stream.last_position) = (kept.version, position),
                None => streams.push(AppendedStream {
                    stream: kept.stream.clone(),
                    first_version: kept.version,
                    last_version: kept.version,
                    first_position: position,
                    last_position: position,
                }),
            }
        }
        Appended { streams }
    }

    /// Everything is checked before anything is stored.
    pub(super) fn append(&mut self, append: Append) -> Result<Appended, StoreError> {
        append.check_shape()?;
        if let Some(claim) = &append.command {
            self.check_claim(claim)?;
        }
        for write in &append.writes {
            write.check_expectation(self.version(&write.stream))?;
        }
        let metadata = Arc::new(append.metadata);
        let first = self.head().next();
        let mut streams = Vec::with_capacity(append.writes.len());
        for write in append.writes.into_iter().filter(|write| !write.events.is_empty()) {
            streams.push(self.store(write, &metadata));
        }
        if let Some(CommandClaim { id, name, fingerprint }) = append.command {
            self.commands.insert(id, Handled { name, fingerprint, first, last: self.head() });
        }
        Ok(Appended { streams })
    }

    fn check_claim(&self, claim: &CommandClaim) -> Result<(), StoreError> {
        self.command(claim.id).map_or(Ok(()), |recorded| Err(recorded.refusal_of(claim)))
    }

    fn store(&mut self, write: StreamWrite, metadata: &Arc<Metadata>) -> AppendedStream {
        let first_position = self.head().next();
        let positions = self.streams.entry(write.stream.clone()).or_default();
        let first_version = Version::new(positions.len() as u64 + 1);
        for event in write.events {
            positions.push(Position::new(self.events.len() as u64 + 1));
            let version = Version::new(positions.len() as u64);
            self.events.push(Kept::new(write.stream.clone(), version, event, metadata));
        }
        AppendedStream {
            first_version,
            last_version: Version::new(positions.len() as u64),
            stream: write.stream,
            first_position,
            last_position: self.head(),
        }
    }

    pub(super) fn read(&self, query: &EventQuery, limit: usize, mut visit: Visit) -> PageEnd {
        let mut end =
            PageEnd { count: 0, position: query.after, version: query.after_version, complete: false };
        for position in self.candidates(query) {
            let kept = self.kept(position);
            if !kept.matches(query, position) {
                continue;
            }
            if end.count == limit {
                return end;
            }
            let flow = visit(&kept.stored(position));
            end = PageEnd { count: end.count + 1, position, version: kept.version, ..end };
            if flow == ControlFlow::Break(()) {
                return end;
            }
        }
        let reached = query.up_to.map_or(self.head(), |up_to| up_to.min(self.head()));
        PageEnd { complete: true, position: end.position.max(reached), ..end }
    }

    /// The positions a query may match, in order: those of its stream, or all after its start.
    fn candidates(&self, query: &EventQuery) -> Box<dyn Iterator<Item = Position> + '_> {
        match &query.stream {
            Some(stream) => {
                let after = usize::try_from(query.after_version.get()).unwrap_or(usize::MAX);
                Box::new(self.streams.get(stream).into_iter().flatten().skip(after).copied())
            }
            None => Box::new((query.after.get().saturating_add(1)..=self.head().get()).map(Position::new)),
        }
    }

    fn kept(&self, position: Position) -> &Kept {
        let index = usize::try_from(position.get() - 1).unwrap_or(usize::MAX);
        &self.events[index]
    }
}

impl Kept {
    fn new(stream: StreamId, version: Version, event: NewEvent, metadata: &Arc<Metadata>) -> Self {
        Self {
            stream,
            version,
            id: event.id,
            name: event.name,
            schema_version: event.schema_version,
            payload: event.payload,
            tags: event.tags,
            metadata: Arc::clone(metadata),
        }
    }

    fn matches(&self, query: &EventQuery, position: Position) -> bool {
        position > query.after
            && query.up_to.is_none_or(|up_to| position <= up_to)
            && query.up_to_version.is_none_or(|up_to| self.version <= up_to)
            && query.category.as_ref().is_none_or(|category| category == self.stream.category())
            && query.names.as_ref().is_none_or(|names| names.contains(&self.name))
            && query.correlation_id.is_none_or(|id| id == self.metadata.correlation_id)
            && query.tag.as_ref().is_none_or(|tag| self.tags.contains(tag))
            && query.since.is_none_or(|since| self.metadata.time >= since)
            && query.until.is_none_or(|until| self.metadata.time < until)
    }

    fn stored(&self, position: Position) -> StoredEvent<'_> {
        StoredEvent {
            position,
            category: self.stream.category(),
            key: self.stream.key(),
            version: self.version,
            id: self.id,
            name: &self.name,
            schema_version: self.schema_version,
            payload: self.payload.as_json(),
            metadata: StoredMetadata::Value(&self.metadata),
        }
    }
}
