//! What has happened, for people and tools that look back.

use std::sync::Arc;

use crate::{
    event::RecordedEvent,
    message::{CorrelationId, StreamId},
    store::{CommandFailure, EventQuery, Store, StoreError, read_page},
};

/// What has happened: events, and commands that failed.
#[derive(Clone)]
pub struct History {
    store: Arc<dyn Store>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistoryEntry {
    /// An event.
    Event(RecordedEvent),
    /// A command that failed.
    Failure(CommandFailure),
}

impl History {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Every event there is, page by page.
    pub fn all(&self) -> Pages {
        self.query(EventQuery::all())
    }

    /// The events of one stream, page by page.
    pub fn stream(&self, stream: StreamId) -> Pages {
        self.query(EventQuery::stream(stream))
    }

    /// The events a query wants, page by page.
    pub fn query(&self, query: EventQuery) -> Pages {
        Pages { store: Arc::clone(&self.store), query, ended: false }
    }

    /// One piece of business from its first cause to its end: its events and its failed commands, by time.
    pub async fn by_correlation_id(&self, id: CorrelationId) -> Result<Vec<HistoryEntry>, StoreError> {
        let events = self.query(EventQuery::all().correlation_id(id)).collect().await?;
        let failures = self.store.failures(Some(id), usize::MAX).await?;
        let mut entries: Vec<_> = events.into_iter().map(HistoryEntry::Event).collect();
        entries.extend(failures.into_iter().map(HistoryEntry::Failure));
        entries.sort_by_key(HistoryEntry::time);
        Ok(entries)
    }

    /// The latest failed commands, as many as asked for, in order of time.
    pub async fn failures(&self, limit: usize) -> Result<Vec<CommandFailure>, StoreError> {
        self.store.failures(None, limit).await
    }
}

impl HistoryEntry {
    /// When it happened.
    pub fn time(&self) -> crate::Timestamp {
        match self {
            Self::Event(event) => event.envelope.metadata.time,
            Self::Failure(failure) => failure.metadata.time,
        }
    }
}

impl std::fmt::Debug for History {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "History({})", self.store.name())
    }
}

/// The events of a query, page by page, so that memory stays bounded however many there are.
pub struct Pages {
    store: Arc<dyn Store>,
    query: EventQuery,
    ended: bool,
}

/// How many events a page holds.
const PAGE: usize = 1_000;

impl Pages {
    /// The next page; `None` after the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<RecordedEvent>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let (events, end) = read_page(&*self.store, &self.query, PAGE).await?;
        self.ended = end.complete;
        if self.query.stream.is_some() {
            self.query.after_version = end.version;
        } else {
            self.query.after = end.position;
        }
        Ok((!events.is_empty()).then_some(events))
    }

    /// All events at once: for what is known to be short.
    pub async fn collect(mut self) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut all = Vec::new();
        while let Some(page) = self.next_page().await? {
            all.extend(page);
        }
        Ok(all)
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pages").field("query", &self.query).finish_non_exhaustive()
    }
}
