//! The log.

use std::{
    any::Any,
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use rusqlite::OptionalExtension;
use tokio::sync::{oneshot, watch};

use crate::{
    message::{CommandId, Position, StreamId, Version},
    store::{
        Append, Appended, Capabilities, EventQuery, EventStore, HorizonReport, Idempotency, PageEnd,
        RecordedCommand, Store, StoreError, Visit,
    },
};

use super::{
    SqliteStore,
    append::{PreparedAppend, stream_version},
    faults,
    head::head,
    query::ReadPlan,
    read, rows,
    writer::{Member, Request},
};

impl SqliteStore {
    async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        let append = PreparedAppend::new(append, self.shared.options.max_event_bytes)?;
        let (answer, outcome) = oneshot::channel();
        let waiting = self.shared.waiting.enter();
        self.request(Request::Append(Box::new(Member { append, answer }))).await?;
        // A writer that went without an answer never began with this append.
        waiting.answer(outcome).await.map_err(|_| StoreError::Closed)?
    }

    async fn close(&self) -> Result<(), StoreError> {
        // A writer that is gone already has closed.
        let _ = self.request(Request::Close).await;
        let mut ended = self.shared.writer.ended.clone();
        while ended.changed().await.is_ok() {}
        self.shared.readers.close();
        Ok(())
    }
}

impl EventStore for SqliteStore {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(self.append(append))
    }

    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>> {
        let plan = ReadPlan::new(query, limit);
        Box::pin(self.shared.readers.read(move |connection| read::page(connection, plan, visit)))
    }

    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>> {
        let stream = stream.clone();
        Box::pin(self.read("read a stream's version", move |connection| {
            stream_version(
                &mut *connection.prepare_cached(include_str!("../sql/stream_version.sql"))?,
                &stream,
            )
        }))
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(self.read("read the head of the log", head))
    }

    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(self.look(move |connection| {
            let find = || {
                let mut find_command = connection.prepare_cached(include_str!("sql/find_command.sql"))?;
                let mut places = connection.prepare_cached(include_str!("sql/places.sql"))?;
                rows::recorded_command(&mut find_command, &mut places, id)
            };
            let started = Instant::now();
            find().map_err(|error| match error {
                damage if faults::is_damage(&damage) => faults::of_record(id, damage),
                error => faults::locked("look up a command", started, error),
            })
        }))
    }

    fn wake_ups(&self) -> watch::Receiver<Position> {
        self.shared.wake_ups.subscribe()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            several_streams: true,
            idempotency: Idempotency::Store,
            largest_append: None,
            schedules: true,
            durable: true,
            poll_interval: Some(self.shared.options.poll_interval),
        }
    }

    fn close(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.close())
    }
}

impl Store for SqliteStore {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn horizon(&self, _: Duration) -> BoxFuture<'_, Result<HorizonReport, StoreError>> {
        Box::pin(self.read("look how far the log is", |connection| {
            let head = head(connection)?;
            // It stays where it was if somebody removes the last events: their positions are not used again.
            let mut drawn = connection.prepare_cached(include_str!("sql/drawn.sql"))?;
            let drawn = drawn.query_row([], |row| rows::position(row, 0)).optional()?.unwrap_or(head);
            Ok(HorizonReport { head, drawn: drawn.max(head), blockers: Vec::new() })
        }))
    }
}
