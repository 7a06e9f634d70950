//! The events and the commands they answer.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use smol_str::SmolStr;

use crate::{
    event::{Payload, StoredEvent, StoredMetadata},
    message::{CommandId, EventId, Metadata, Position, StreamId, Tag, Version},
    store::{
        Append, Appended, AppendedStream, CommandClaim, CommandForm, EventQuery, NewEvent, PageBuilder,
        PageEnd, RecordedCommand, Refusal, StoreError, StreamWrite, Visit,
    },
};

/// The event at position p is `events[p - 1]`; `streams` lists the positions of each stream by version.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: Vec<Kept>,
    streams: HashMap<StreamId, Vec<Position>, RandomState>,
    commands: HashMap<CommandId, Handled, RandomState>,
}

/// A command that was handled. Its events stand next to each other, and say the rest; without any, `last` is before `first`.
#[derive(Debug)]
struct Handled {
    name: SmolStr,
    form: CommandForm,
    first: Position,
    last: Position,
    refusal: Option<Refusal>,
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
        let appended = self.appended(handled.first, handled.last);
        let (name, refusal) = (handled.name.clone(), handled.refusal.clone());
        Some(RecordedCommand { id, name, form: Some(handled.form), appended, refusal })
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
        if let Some(CommandClaim { id, name, form, .. }) = append.command {
            self.commands.insert(id, Handled { name, form, first, last: self.head(), refusal: None });
        }
        Ok(Appended { streams })
    }

    /// Keeps that a command is refused, unless its id has a record, which is returned.
    pub(super) fn refuse(&mut self, claim: &CommandClaim, refusal: &Refusal) -> Option<RecordedCommand> {
        let recorded = self.command(claim.id);
        if recorded.is_none() {
            let (first, last) = (self.head().next(), self.head());
            let (name, refusal) = (claim.name.clone(), Some(refusal.clone()));
            self.commands.insert(claim.id, Handled { name, form: claim.form, first, last, refusal });
        }
        recorded
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

    pub(super) fn read(&self, query: &EventQuery, limit: usize, visit: Visit) -> Result<PageEnd, StoreError> {
        let mut page = PageBuilder::new(query, limit, visit);
        for position in self.candidates(query) {
            let kept = self.kept(position);
            let event = kept.stored(position);
            if query.matches(&event, |tag| kept.tags.contains(tag))? && page.show(&event).is_break() {
                return Ok(page.full());
            }
        }
        Ok(page.complete(self.head()))
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
