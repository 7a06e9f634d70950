//! The log behind the trait.

use futures_util::future::{BoxFuture, FutureExt, ready};
use tokio::sync::watch;

use crate::{
    message::{CommandId, Position, StreamId, Version},
    store::{
        Append, Appended, Capabilities, EventQuery, EventStore, Idempotency, PageEnd, RecordedCommand,
        StoreError, Visit,
    },
};

use super::MemoryStore;

impl EventStore for MemoryStore {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(async move {
            append.check_event_sizes(self.0.max_event_bytes)?;
            let appended = self.open()?.log.append(append)?;
            if !appended.streams.is_empty() {
                self.wake(appended.last_position());
            }
            Ok(appended)
        })
    }

    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>> {
        async move { self.open()?.log.read(query, limit, visit) }.boxed()
    }

    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>> {
        async move { Ok(self.open()?.log.version(stream)) }.boxed()
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        async move { Ok(self.open()?.log.head()) }.boxed()
    }

    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>> {
        async move { Ok(self.open()?.log.command(id)) }.boxed()
    }

    fn wake_ups(&self) -> watch::Receiver<Position> {
        self.0.wake_ups.subscribe()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            several_streams: true,
            idempotency: Idempotency::Store,
            largest_append: None,
            schedules: true,
            durable: false,
            poll_interval: None,
        }
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        if let Ok(mut content) = self.open() {
            content.closed = true;
        }
        ready(Ok(())).boxed()
    }
}
