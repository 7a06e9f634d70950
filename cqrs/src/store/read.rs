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

/// Reads one page into memory, metadata decoded.
pub async fn read_page(
    store: &(impl EventStore + ?Sized),
    query: &EventQuery,
    limit: usize,
) -> Result<(Vec<RecordedEvent>, PageEnd), StoreError> {
    let page = Arc::new(Mutex::new(Ok(Vec::new())));
    let sink = Arc::clone(&page);
    let visit: Visit =
        Box::new(move |stored| keep(&mut sink.lock().unwrap_or_else(PoisonError::into_inner), stored));
    let end = store.read(query, limit, visit).await?;
    let events = std::mem::replace(&mut *page.lock().unwrap_or_else(PoisonError::into_inner), Ok(Vec::new()));
    Ok((events?, end))
}

fn keep(page: &mut Result<Vec<RecordedEvent>, DecodeError>, stored: &StoredEvent<'_>) -> ControlFlow<()> {
    let Ok(events) = page else { return ControlFlow::Break(()) };
    match stored.to_recorded() {
        Ok(event) => {
            events.push(event);
            ControlFlow::Continue(())
        }
        Err(error) => {
            *page = Err(error);
            ControlFlow::Break(())
        }
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
