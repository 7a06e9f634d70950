//! Reading in pages: a bounded number of events at a time, however many there are.

use std::{
    ops::ControlFlow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    event::{DecodeError, RecordedEvent, StoredEvent},
    message::{Position, Version},
};

use super::{EventQuery, EventStore, StoreError};

/// Is shown the events of a page, in order, and says whether to go on: with `Break` the page ends with this event. The store
/// may call it on a thread of its own.
pub type Visit = Box<dyn FnMut(&StoredEvent<'_>) -> ControlFlow<()> + Send>;

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageEnd {
    /// How many events the visitor was shown.
    pub count: usize,
    /// No event of the query at or below this position is left to read. It is never before the position asked for. Of a page
    /// that is complete it is the head as of when the page began, or the position up to which was asked, whichever is less;
    /// of one stream or one category it may be less than that, but is at least the last event shown.
    pub position: Position,
    /// The version of the last event shown; the version asked for if none was. Of use with a stream.
    pub version: Version,
    /// Whether the page ended because there were no more events.
    pub complete: bool,
}

/// How many events a page holds where the caller has no reason for another number.
pub(crate) const PAGE: usize = 8_000;

/// How many bytes of events a page of [`read_page_within`] holds, about: it ends with the event that exceeds it.
const PAGE_BYTES: usize = 4 << 20;

/// Reads one page into memory, metadata decoded.
///
/// A page ends before an event that cannot be read, so that those before it can be handled; the page that would begin with it
/// is the error.
pub async fn read_page(
    store: &(impl EventStore + ?Sized),
    query: &EventQuery,
    limit: usize,
) -> Result<(Vec<RecordedEvent>, PageEnd), StoreError> {
    read(store, query, limit, usize::MAX).await
}

/// The same, of fewer events if they are large.
pub(crate) async fn read_page_within(
    store: &(impl EventStore + ?Sized),
    query: &EventQuery,
    limit: usize,
) -> Result<(Vec<RecordedEvent>, PageEnd), StoreError> {
    read(store, query, limit, PAGE_BYTES).await
}

async fn read(
    store: &(impl EventStore + ?Sized),
    query: &EventQuery,
    limit: usize,
    bytes: usize,
) -> Result<(Vec<RecordedEvent>, PageEnd), StoreError> {
    let page = Arc::new(Mutex::new(Page { room: bytes, ..Page::default() }));
    let sink = Arc::clone(&page);
    let visit: Visit =
        Box::new(move |stored| sink.lock().unwrap_or_else(PoisonError::into_inner).keep(stored));
    let end = store.read(query, limit, visit).await;
    let page = std::mem::take(&mut *page.lock().unwrap_or_else(PoisonError::into_inner));
    page.ended(end)
}

/// Events on their way into memory.
#[derive(Default)]
struct Page {
    events: Vec<RecordedEvent>,
    /// What is wrong with the event that follows them.
    damage: Option<DecodeError>,
    /// How many bytes there is room for.
    room: usize,
}

impl Page {
    fn keep(&mut self, stored: &StoredEvent<'_>) -> ControlFlow<()> {
        match stored.to_recorded() {
            _ if self.damage.is_some() => {}
            Ok(event) => {
                self.room = self.room.saturating_sub(event.size());
                self.events.push(event);
            }
            Err(error) => self.damage = Some(error),
        }
        if self.damage.is_none() && self.room > 0 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

    /// The page, if it ended as the store says or before an event that is damaged.
    fn ended(self, end: Result<PageEnd, StoreError>) -> Result<(Vec<RecordedEvent>, PageEnd), StoreError> {
        let error = match (self.damage, end) {
            (None, Ok(end)) => return Ok((self.events, end)),
            (Some(damage), _) => damage.into(),
            (None, Err(error)) => error,
        };
        match self.events.last() {
            Some(last) if matches!(error, StoreError::Decode(_)) => {
                let (position, version) = (last.position, last.envelope.version);
                let end = PageEnd { count: self.events.len(), position, version, complete: false };
                Ok((self.events, end))
            }
            _ => Err(error),
        }
    }
}

/// Shows all events of the query to a visitor made anew for each page, and returns where the last page ended. It ends, too,
/// with the event at which a visitor says `Break`.
pub async fn visit_all<V>(
    store: &(impl EventStore + ?Sized),
    mut query: EventQuery,
    mut visitor: impl FnMut() -> V,
) -> Result<PageEnd, StoreError>
where
    V: FnMut(&StoredEvent<'_>) -> ControlFlow<()> + Send + 'static,
{
    loop {
        let stopped = Arc::new(AtomicBool::new(false));
        let end = store.read(&query, PAGE, watched(visitor(), Arc::clone(&stopped))).await?;
        if end.complete || end.count == 0 || stopped.load(Ordering::SeqCst) {
            return Ok(end);
        }
        query.after = end.position.max(query.after);
        query.after_version = end.version.max(query.after_version);
    }
}

/// A visitor that leaves a note when it stops: how a page ended does not tell whether its visitor or its limit ended it.
fn watched<V>(mut visitor: V, stopped: Arc<AtomicBool>) -> Visit
where
    V: FnMut(&StoredEvent<'_>) -> ControlFlow<()> + Send + 'static,
{
    Box::new(move |stored| {
        let flow = visitor(stored);
        if flow.is_break() {
            stopped.store(true, Ordering::SeqCst);
        }
        flow
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        event::Payload,
        message::{EventId, Metadata, StreamId},
        store::{Append, Expected, NewEvent, StreamWrite, memory::MemoryStore},
    };

    use super::*;

    /// A store with so many events of so many bytes, about.
    async fn store(count: usize, bytes: usize) -> MemoryStore {
        let event = |_| NewEvent {
            id: EventId::generate(),
            name: "thing-happened".into(),
            schema_version: 1,
            payload: Payload::from_json(format!("\"{}\"", "x".repeat(bytes))),
            tags: Vec::new(),
        };
        let (stream, events) = (StreamId::new("thing", "a"), (0..count).map(event).collect());
        let writes = vec![StreamWrite { stream, expected: Expected::Any, events }];
        let store = MemoryStore::new();
        store.append(Append { writes, command: None, metadata: Metadata::new() }).await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_visitor_that_stops_is_shown_nothing_more() {
        let store = store(3 * PAGE, 1).await;
        for stop in [1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE] {
            let shown = Arc::new(Mutex::new(0));
            let end = visit_all(&store, EventQuery::all(), || {
                let shown = Arc::clone(&shown);
                move |_: &StoredEvent<'_>| {
                    *shown.lock().unwrap() += 1;
                    if *shown.lock().unwrap() == stop {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                }
            });
            assert_eq!(end.await.unwrap().position, Position::new(stop as u64));
            assert_eq!(*shown.lock().unwrap(), stop);
        }
    }

    #[tokio::test]
    async fn a_page_within_bounds_ends_with_the_event_that_exceeds_them() {
        let store = store(20, 1 << 20).await;
        let (events, end) = read_page_within(&store, &EventQuery::all(), 1_000).await.unwrap();
        assert!((4..=5).contains(&events.len()) && !end.complete, "{} events", events.len());
        let (events, end) = read_page(&store, &EventQuery::all(), 1_000).await.unwrap();
        assert_eq!((events.len(), end.complete), (20, true));
    }
}
