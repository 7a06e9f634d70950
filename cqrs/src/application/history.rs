//! What has happened, for people and tools that look back.

use std::sync::Arc;

use crate::{
    event::RecordedEvent,
    message::{CorrelationId, StreamId},
    store::{CommandFailure, EventQuery, Store, StoreError, read_page_within},
    subscription::is_internal,
};

/// What has happened: events, and commands that failed.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let mut pages = app.history().stream(Account::stream(&AccountId("1".into())));
/// while let Some(page) = pages.next_page().await? {
///     for event in page {
///         println!("{} {} {}", event.envelope.version, event.envelope.name, event.payload.as_json());
///     }
/// }
/// for failure in app.history().failures(10).await? {
///     println!("{}: {}", failure.code, failure.error);
/// }
/// # Ok(()) }
/// # fn main() {}
/// ```
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

    /// Returns every event of the domain, page by page; the library's own with [`Pages::with_internal`].
    pub fn all(&self) -> Pages {
        self.query(EventQuery::all())
    }

    /// Returns the events of one stream, page by page.
    pub fn stream(&self, stream: StreamId) -> Pages {
        self.query(EventQuery::stream(stream))
    }

    /// Returns the events a query wants, page by page.
    pub fn query(&self, query: EventQuery) -> Pages {
        let internal = asks_for_internal(&query);
        Pages { store: Arc::clone(&self.store), query, internal, ended: false }
    }

    /// Returns one piece of business from its first cause to its end: its events and its failed commands, by time.
    pub async fn by_correlation_id(&self, id: CorrelationId) -> Result<Vec<HistoryEntry>, StoreError> {
        let events = self.query(EventQuery::all().correlation_id(id)).collect().await?;
        let failures = self.store.failures(Some(id), usize::MAX).await?;
        let mut entries: Vec<_> = events.into_iter().map(HistoryEntry::Event).collect();
        entries.extend(failures.into_iter().map(HistoryEntry::Failure));
        entries.sort_by_key(HistoryEntry::time);
        Ok(entries)
    }

    /// Returns the latest failed commands, as many as asked for, in order of time.
    pub async fn failures(&self, limit: usize) -> Result<Vec<CommandFailure>, StoreError> {
        self.store.failures(None, limit).await
    }
}

impl HistoryEntry {
    /// Returns when it happened.
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
    /// Whether the library's own events are shown.
    internal: bool,
    ended: bool,
}

/// Whoever names a stream, a category or an event of the library's own asks for it.
fn asks_for_internal(query: &EventQuery) -> bool {
    let category = query.stream.as_ref().map(StreamId::category).or(query.category.as_deref());
    let mut names = query.names.iter().flatten();
    category.is_some_and(is_internal) || names.any(|name| is_internal(name))
}

/// How many events a page holds at most; it holds fewer if they are large.
const PAGE: usize = 1_000;

impl Pages {
    /// Returns the next page; `None` after the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<RecordedEvent>>, StoreError> {
        while !self.ended {
            let (mut events, end) = read_page_within(&*self.store, &self.query, PAGE).await?;
            self.ended = end.complete;
            if self.query.stream.is_some() {
                self.query.after_version = end.version;
            } else {
                self.query.after = end.position;
            }
            events.retain(|event| self.internal || !is_internal(&event.envelope.name));
            if !events.is_empty() {
                return Ok(Some(events));
            }
        }
        Ok(None)
    }

    /// Shows the library's own events, too: the steps of processes, their timers and refusals, whose names contain a `/`. Of a
    /// stream, a category or a name of the library's own they are shown anyway.
    #[must_use]
    pub fn with_internal(self) -> Self {
        Self { internal: true, ..self }
    }

    /// Returns all events at once: for what is known to be short.
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
