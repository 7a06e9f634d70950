//! The log.

use cqrs::{
    CommandId, Metadata, Position, StreamId, Version,
    event::{Envelope, RecordedEvent},
    store::{
        Append, Appended, AppendedStream, BoxFuture, Capabilities, EventQuery, EventStore, Idempotency,
        PageBuilder, PageEnd, RecordedCommand, StoreError, StreamWrite, Visit,
    },
};
use tokio::sync::watch;

use crate::{
    entry::{Content, Entry},
    store::FileStore,
};

/// What an append changes, and where it lands; nothing is changed yet.
fn decide(content: &Content, append: Append) -> Result<(Vec<Entry>, Appended), StoreError> {
    append.check_shape()?;
    if let Some(claim) = &append.command
        && let Some(known) = content.commands.get(&claim.id)
    {
        return Err(known.clone().refusal_of(claim));
    }
    for write in &append.writes {
        write.check_expectation(content.version(&write.stream))?;
    }
    let (mut entries, mut streams, mut head) = (Vec::new(), Vec::new(), content.head());
    for write in append.writes.into_iter().filter(|write| !write.is_guard()) {
        let before = content.version(&write.stream);
        streams.push(land(write, &append.metadata, (before, &mut head), &mut entries));
    }
    let appended = Appended { streams };
    let command = append.command.map(|claim| RecordedCommand::of(&claim, appended.clone()));
    entries.extend(command.map(Entry::Command));
    Ok((entries, appended))
}

fn land(
    write: StreamWrite,
    metadata: &Metadata,
    (before, head): (Version, &mut Position),
    entries: &mut Vec<Entry>,
) -> AppendedStream {
    let StreamWrite { stream, events, .. } = write;
    let (mut version, first_position) = (before, head.next());
    for event in events {
        (version, *head) = (version.next(), head.next());
        let (stream, metadata) = (stream.clone(), metadata.clone());
        let (id, name, schema_version) = (event.id, event.name, event.schema_version);
        let envelope = Envelope { id, stream, version, name, schema_version, metadata };
        let recorded = RecordedEvent { position: *head, envelope, payload: event.payload };
        entries.push(Entry::Event(recorded, event.tags));
    }
    let (first_version, last_version, last_position) = (before.next(), version, *head);
    AppendedStream { stream, first_version, last_version, first_position, last_position }
}

impl EventStore for FileStore {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(async move {
            let appended = {
                let mut journal = self.open()?;
                let (entries, appended) = decide(&journal.content, append)?;
                journal.commit(entries)?;
                appended
            };
            self.wake_ups.send_modify(|known| *known = appended.last_position().max(*known));
            Ok(appended)
        })
    }

    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>> {
        Box::pin(async move {
            let journal = self.open()?;
            let mut page = PageBuilder::new(query, limit, visit);
            for (event, tags) in &journal.content.log {
                let event = event.as_stored();
                if query.matches(&event, |tag| tags.contains(tag))? && page.show(&event).is_break() {
                    return Ok(page.full());
                }
            }
            Ok(page.complete(journal.content.head()))
        })
    }

    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.version(stream)) })
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.head()) })
    }

    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(async move { Ok(self.open()?.content.commands.get(&id).cloned()) })
    }

    fn wake_ups(&self) -> watch::Receiver<Position> {
        self.wake_ups.subscribe()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            several_streams: true,
            idempotency: Idempotency::Store,
            largest_append: None,
            schedules: true,
            durable: true,
            poll_interval: None,
        }
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.shut();
            Ok(())
        })
    }
}
