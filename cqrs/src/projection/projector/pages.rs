//! Pages of the log, the next one read while one is being applied.

use crate::{
    event::RecordedEvent,
    message::Position,
    store::{PageEnd, StoreError},
    subscription::Source,
};

/// Events in the order of the log.
pub(super) struct Page {
    after: Position,
    pub(super) events: Vec<RecordedEvent>,
    pub(super) end: PageEnd,
}

/// What was read ahead. It is good for as long as it follows what is done: the log behind it never changes.
#[derive(Default)]
pub(super) struct Pages {
    pub(super) ahead: Option<Page>,
}

impl Pages {
    /// The page after a position: read already, or read now.
    pub(super) async fn next(&mut self, source: &mut Source, after: Position) -> Result<Page, StoreError> {
        match self.ahead.take().filter(|page| page.after == after) {
            Some(page) => Ok(page),
            None => source.page(after).await.map(|(events, end)| Page { after, events, end }),
        }
    }
}

/// Reads the page after one, if there is one. An error is for the read in its turn to meet again.
pub(super) fn read_ahead(
    source: &Source,
    end: &PageEnd,
    after: Position,
) -> impl Future<Output = Option<Page>> + Send + use<> {
    let reading = (!end.complete).then(|| source.read_after(after));
    async move {
        let (events, end) = reading?.await.ok()?;
        Some(Page { after, events, end })
    }
}
