//! The log behind the trait.

use std::{any::Any, time::Duration};

use futures_util::future::BoxFuture;
use tokio::sync::{oneshot, watch};

use crate::{
    message::{CommandId, Position, StreamId, Version},
    store::{
        Append, Appended, Capabilities, EventQuery, EventStore, HorizonReport, Idempotency, PageEnd,
        RecordedCommand, Store, StoreError, Visit,
    },
};

use super::{
    PostgresStore,
    append::PreparedAppend,
    commands, faults, implausible,
    read::Page,
    rows,
    writer::{Member, Request},
};

impl PostgresStore {
    async fn append(&self, append: Append) -> Result<Appended, StoreError> {
        let append = PreparedAppend::new(append, self.shared.options.max_event_bytes)?;
        let (answer, outcome) = oneshot::channel();
        let waiting = self.shared.appending.enter();
        let request = Request::Append(Box::new(Member::new(append, answer)));
        self.shared.writer.requests.send(request).await.map_err(|_| StoreError::Closed)?;
        // A writer that went without an answer may have sent the append.
        waiting.answer(outcome).await.unwrap_or_else(|ended| Err(StoreError::OutcomeUnknown(ended.into())))
    }

    async fn version(&self, stream: &StreamId) -> sqlx::Result<Version> {
        let query = sqlx::query(include_str!("../sql/stream_version.sql"));
        let found = query.bind(stream.category()).bind(stream.key()).fetch_optional(self.pool()).await?;
        found.map_or(Ok(Version::NONE), |row| rows::version(&row, 0))
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let failed = |error| faults::engine("read the head of the log", error);
        let mut connection = self.pool().acquire().await.map_err(failed)?;
        let horizon = self.shared.horizon.look(&mut connection).await?;
        if let Some(beyond) = self.shared.horizon.beyond() {
            return Err(implausible::error(&mut connection, beyond).await);
        }
        let query = sqlx::query(include_str!("sql/head.sql")).bind(rows::number(horizon.get()));
        let found = query.fetch_optional(&mut *connection).await;
        found.and_then(|row| row.map_or(Ok(Position::START), |row| rows::position(&row, 0))).map_err(failed)
    }

    async fn command(&self, id: CommandId) -> sqlx::Result<Option<RecordedCommand>> {
        let query = sqlx::query(include_str!("sql/find_command.sql")).bind(id.to_string());
        let found = query.fetch_optional(self.pool()).await?;
        found.map_or(Ok(None), |row| commands::record(&row, 0, id))
    }
}

impl EventStore for PostgresStore {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, StoreError>> {
        Box::pin(self.append(append))
    }

    fn read<'a>(
        &'a self,
        query: &'a EventQuery,
        limit: usize,
        visit: Visit,
    ) -> BoxFuture<'a, Result<PageEnd, StoreError>> {
        let page = Page::new(self.pool(), query.clone(), limit, visit);
        if query.stream.is_some() {
            return Box::pin(self.explained(page.of_stream()));
        }
        Box::pin(self.explained(page.of_log(&self.shared.horizon)))
    }

    fn version<'a>(&'a self, stream: &'a StreamId) -> BoxFuture<'a, Result<Version, StoreError>> {
        Box::pin(self.explained(async move {
            let found = self.version(stream).await;
            found.map_err(|error| faults::engine("read a stream's version", error))
        }))
    }

    fn head(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(self.explained(self.head()))
    }

    fn command(&self, id: CommandId) -> BoxFuture<'_, Result<Option<RecordedCommand>, StoreError>> {
        Box::pin(self.explained(async move {
            self.command(id).await.map_err(|error| faults::engine("look up a command", error))
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

impl Store for PostgresStore {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn append_failure(&self) -> Option<StoreError> {
        self.shared.shortage.present()
    }

    fn wait_for_head(&self, limit: Duration) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(self.wait_for_head(limit))
    }

    fn horizon(&self, longer_than: Duration) -> BoxFuture<'_, Result<HorizonReport, StoreError>> {
        Box::pin(self.explained(self.horizon_report(longer_than)))
    }
}
