//! Reading in pages: a bounded number of events at a time, however many there are.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    event::{DecodeError, RecordedEvent, StoredEvent},
    message::{Position, Version},
};

use super::{EventQuery, EventStore, StoreError};

/// Is shown the events of a page, in order, and says whether to go on. The store may call it on a thread of its own.
pub type Visit = Box<dyn FnMut(&StoredEvent<'_>) -> ControlFlow<()> + Send>;

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageEnd {
    /// How many events the visitor was shown.
    pub count: usize,
    /// No event of the query at or below this position is left to read.
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
    let page = Arc::new(Mutex::new(Page { events: Ok(Vec::new()), room: bytes }));
    let sink = Arc::clone(&page);
    let visit: Visit =
        Box::new(move |stored| sink.lock().unwrap_or_else(PoisonError::into_inner).keep(stored));
    let end = store.read(query, limit, visit).await?;
    let mut page = page.lock().unwrap_or_else(PoisonError::into_inner);
    let events = std::mem::replace(&mut page.events, Ok(Vec::new()));
    Ok((events?, end))
}

/// Events on their way into memory.
struct Page {
    events: Result<Vec<RecordedEvent>, DecodeError>,
    /// How many bytes there is room for.
    room: usize,
}

impl Page {
    fn keep(&mut self, stored: &StoredEvent<'_>) -> ControlFlow<()> {
        let Ok(events) = &mut self.events else { return ControlFlow::Break(()) };
        match stored.to_recorded() {
            Ok(event) => {
                self.room = self.room.saturating_sub(event.size());
                events.push(event);
            }
            Err(error) => self.events = Err(error),
        }
        if self.events.is_ok() && self.room > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Shows all events of the query to a visitor made anew for each page, and returns where the last page ended.
pub async fn visit_all(
    store: &(impl EventStore + ?Sized),
    mut query: EventQuery,
    mut visitor: impl FnMut() -> Visit,
) -> Result<PageEnd, StoreError> {
    loop {
        let end = store.read(&query, PAGE, visitor()).await?;
        if end.complete || end.count == 0 {
            return Ok(end);
        }
        query.after = end.position.max(query.after);
        query.after_version = end.version.max(query.after_version);
    }
}
