//! The log, read once for all slots of this process.
//!
//! Whoever asks first reads a page, and each event of it is put to its slot; the others are served from what was read. So
//! they soon ask for the same pages, wherever their checkpoints were.
//!
//! Invariants:
//!
//! - A page that is kept was read as the [`Tail`] reads, without a gap; who asks after a position within it gets what of it is his and
//!   after that, and goes on where it ended.
//! - *Awake*, as the tail is: a page that is kept never ends the log. Only who has read himself, after he had marked his wake-ups as
//!   seen, is told that there is no more.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    event::RecordedEvent,
    message::Position,
    store::{PageEnd, StoreError},
};

use super::super::{
    super::{Tail, Wanted},
    Handle,
};

/// So many pages are kept: a slot that is slower than the others by more than that reads for itself.
const KEPT: usize = 4;

type Page = (Vec<RecordedEvent>, PageEnd);

/// The log, read once for all slots of this process.
pub(in crate::subscription) struct Pages {
    tail: Arc<Tail>,
    handle: Box<dyn Handle>,
    slots: usize,
    /// Held by the one who reads for all.
    reading: tokio::sync::Mutex<()>,
    kept: Mutex<VecDeque<Kept>>,
}

/// A page, by slots.
struct Kept {
    after: Position,
    end: PageEnd,
    events: Vec<Vec<RecordedEvent>>,
}

impl Pages {
    pub(super) fn new(tail: Arc<Tail>, handle: Box<dyn Handle>, slots: usize) -> Self {
        let (reading, kept) = (tokio::sync::Mutex::default(), Mutex::default());
        Self { tail, handle, slots, reading, kept }
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next events of a slot after a position.
    pub(in crate::subscription) async fn page(
        &self,
        wanted: &Wanted,
        slot: usize,
        after: Position,
        limit: usize,
    ) -> Result<Page, StoreError> {
        if let Some(page) = self.find(slot, after) {
            return Ok(page);
        }
        let _turn = self.reading.lock().await;
        if let Some(page) = self.find(slot, after) {
            return Ok(page);
        }
        let (events, end) = self.tail.page(wanted, after, limit).await?;
        Ok(self.keep(wanted, slot, after, (events, end)))
    }

    /// What was read before, if it goes on from there.
    fn find(&self, slot: usize, after: Position) -> Option<Page> {
        let kept = self.kept();
        let page = kept.iter().find(|page| page.after <= after && after < page.end.position)?;
        let is_new = |event: &&RecordedEvent| event.position > after;
        let events: Vec<_> = page.events[slot].iter().filter(is_new).cloned().collect();
        let end = PageEnd { complete: false, count: events.len(), ..page.end };
        Some((events, end))
    }

    /// Puts each event to its slot, and gives those of one.
    fn keep(&self, wanted: &Wanted, slot: usize, after: Position, (events, end): Page) -> Page {
        let mut each = vec![Vec::new(); self.slots];
        for event in events.into_iter().filter(|event| wanted.includes(&event.envelope.name)) {
            if let Some(its) = Self::slot(&*self.handle, &event, self.slots) {
                each[its].push(event);
            }
        }
        let own = each[slot].clone();
        if end.position > after {
            let mut kept = self.kept();
            if kept.len() >= KEPT {
                kept.pop_front();
            }
            kept.push_back(Kept { after, end, events: each });
        }
        (own, end)
    }
}
