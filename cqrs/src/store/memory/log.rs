//! The events and the commands they answer.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use smol_str::SmolStr;

use crate::{
    event::{Payload, StoredEvent, StoredMetadata},
    message::{CommandId, EventId, Metadata, Position, StreamId, Tag, Version},
    store::{
        Append, Appended, AppendedStream, CommandClaim, EventQuery, NewEvent, PageBuilder, PageEnd,
        RecordedCommand, Refusal, StoreError, StreamWrite, Visit,
    },
};

use super::{
    commands::{Commands, Handled},
    streams::Streams,
};

/// The event at position p is `events[p - 1]`.
#[derive(Debug, Default)]
pub(super) struct Log {
    events: Vec<Kept>,
    streams: Streams,
    commands: Commands,
    /// Of the commands that are refused for good.
    refusals: Refusals,
}

type Refusals = HashMap<CommandId, Refusal, RandomState>;

#[derive(Debug)]
struct Kept {
    /// Its number.
    stream: usize,
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
        head(&self.events)
    }

    pub(super) fn version(&self, stream: &StreamId) -> Version {
        self.streams.version(stream)
    }

    pub(super) fn command(&self, id: CommandId) -> Option<RecordedCommand> {
        let Self { events, streams, refusals, .. } = self;
        self.commands.find(id).map(|handled| recorded((events, streams, refusals), id, handled))
    }

    /// Keeps that a command is refused, unless its id has a record, which is returned.
    pub(super) fn refuse(&mut self, claim: &CommandClaim, refusal: &Refusal) -> Option<RecordedCommand> {
        let known = self.command(claim.id);
        let (name, form, last) = (claim.name.clone(), claim.form, self.head());
        if let Ok(place) = self.commands.place(claim.id) {
            place.take(Handled { name, form, first: last.next(), last });
            self.refusals.insert(claim.id, refusal.clone());
        }
        known
    }

    /// Everything is checked before anything is stored.
    pub(super) fn append(&mut self, append: Append) -> Result<Appended, StoreError> {
        append.check_shape()?;
        let Append { writes, command, metadata } = append;
        let Self { events, streams, commands, refusals } = self;
        let place = command.as_ref().map(|claim| {
            let known = |handled: &Handled| {
                recorded((events, streams, refusals), claim.id, handled).refusal_of(claim)
            };
            commands.place(claim.id).map_err(known)
        });
        let place = place.transpose()?;
        let known = streams.check(&writes)?;
        let (metadata, first) = (Arc::new(metadata), head(events).next());
        let mut appended = Vec::with_capacity(writes.len());
        for write in writes.into_iter().filter(|write| !write.events.is_empty()) {
            appended.push(store(events, streams, (write, known), &metadata));
        }
        if let (Some(place), Some(CommandClaim { name, form, .. })) = (place, command) {
            place.take(Handled { name, form, first, last: head(events) });
        }
        Ok(Appended { streams: appended })
    }

    pub(super) fn read(&self, query: &EventQuery, limit: usize, visit: Visit) -> Result<PageEnd, StoreError> {
        let mut page = PageBuilder::new(query, limit, visit);
        for position in self.candidates(query) {
            let kept = kept(&self.events, position);
            let event = kept.stored(self.streams.id(kept.stream), position);
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
                Box::new(self.streams.positions(stream).iter().skip(after).copied())
            }
            None => Box::new((query.after.get().saturating_add(1)..=self.head().get()).map(Position::new)),
        }
    }
}

fn head(events: &[Kept]) -> Position {
    Position::new(events.len() as u64)
}

fn kept(events: &[Kept], position: Position) -> &Kept {
    let index = usize::try_from(position.get() - 1).unwrap_or(usize::MAX);
    &events[index]
}

/// The record of a command: where its events landed, the events say themselves.
fn recorded(
    (events, streams, refusals): (&[Kept], &Streams, &Refusals),
    id: CommandId,
    handled: &Handled,
) -> RecordedCommand {
    let mut appended: Vec<AppendedStream> = Vec::new();
    for position in (handled.first.get()..=handled.last.get()).map(Position::new) {
        let kept = kept(events, position);
        let stream = streams.id(kept.stream);
        match appended.last_mut().filter(|last| last.stream == *stream) {
            Some(stream) => (stream.last_version, stream.last_position) = (kept.version, position),
            None => appended.push(AppendedStream {
                stream: stream.clone(),
                first_version: kept.version,
                last_version: kept.version,
                first_position: position,
                last_position: position,
            }),
        }
    }
    let (name, form) = (handled.name.clone(), Some(handled.form));
    // Most have events, and no refusal to be looked for.
    let refusal = if appended.is_empty() { refusals.get(&id).cloned() } else { None };
    RecordedCommand { id, name, form, appended: Appended { streams: appended }, refusal }
}

fn store(
    events: &mut Vec<Kept>,
    streams: &mut Streams,
    (write, known): (StreamWrite, Option<usize>),
    metadata: &Arc<Metadata>,
) -> AppendedStream {
    let first_position = head(events).next();
    let (number, stream) = streams.open(&write.stream, known);
    let first_version = stream.version().next();
    for event in write.events {
        stream.positions.push(head(events).next());
        events.push(Kept::new(number, stream.version(), event, metadata));
    }
    AppendedStream {
        first_version,
        last_version: stream.version(),
        stream: write.stream,
        first_position,
        last_position: head(events),
    }
}

impl Kept {
    fn new(stream: usize, version: Version, event: NewEvent, metadata: &Arc<Metadata>) -> Self {
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

    fn stored<'a>(&'a self, stream: &'a StreamId, position: Position) -> StoredEvent<'a> {
        StoredEvent {
            position,
            category: stream.category(),
            key: stream.key(),
            version: self.version,
            id: self.id,
            name: &self.name,
            schema_version: self.schema_version,
            payload: self.payload.as_json(),
            metadata: StoredMetadata::Value(&self.metadata),
        }
    }
}
