//! A handler, of which one slot is handled.

use futures_util::future::BoxFuture;

use crate::{
    event::RecordedEvent,
    handler::EventHandlerSettings,
    message::StreamId,
    services::Services,
    store::{Lease, ProcessRow, Subscription, SubscriptionStart},
};

use super::{
    super::{
        super::sharing::part_of,
        handle::{Handle, Unhandled},
    },
    Pages,
};

/// A handler, of which one slot is handled.
pub(super) struct InSlot {
    handle: Box<dyn Handle>,
    start: SubscriptionStart,
    /// Which slot, of how many.
    slot: (usize, usize),
}

impl InSlot {
    pub(super) fn new(handle: Box<dyn Handle>, start: SubscriptionStart, slot: (usize, usize)) -> Self {
        Self { handle, start, slot }
    }
}

/// The slot of a lane, of so many. The key of a stream is the id of the process.
pub(super) fn slot_of(lane: &StreamId, slots: usize) -> usize {
    part_of(lane.key(), slots)
}

impl Handle for InSlot {
    fn start(&self) -> SubscriptionStart {
        self.start
    }

    /// So many slots have a few at a time each; in all it may be twice as many as of the whole, since they are never all busy.
    fn settings(&self) -> EventHandlerSettings {
        let whole = self.handle.settings();
        let each = (2 * whole.concurrency).div_ceil(self.slot.1);
        EventHandlerSettings { concurrency: each.max(1), ..whole }
    }

    fn blocking(&self) -> bool {
        self.handle.blocking()
    }

    fn call<'a>(
        &'a self,
        event: &'a RecordedEvent,
        services: &'a Services,
    ) -> BoxFuture<'a, Result<(), Unhandled>> {
        self.handle.call(event, services)
    }

    /// Also of another slot: what is read for this one is in it, but a letter of an event that was nobody's, since nobody could say
    /// whose it was, may be somebody's when it is tried again, and is to be handled where the letter is.
    fn lane(&self, event: &RecordedEvent) -> Option<StreamId> {
        self.handle.lane(event)
    }

    fn lanes_are_streams(&self) -> bool {
        self.handle.lanes_are_streams()
    }

    fn takes(&self, lane: &StreamId) -> bool {
        slot_of(lane, self.slot.1) == self.slot.0
    }

    fn process_row(&self, lane: &StreamId) -> Option<ProcessRow> {
        self.handle.process_row(lane)
    }

    fn gained(&self, lease: &Lease, subscription: &Subscription) {
        self.handle.gained(lease, subscription);
    }

    fn knows(&self) -> u32 {
        self.handle.knows()
    }
}

impl Pages {
    /// The slot that an event is for, if it is to be handled at all.
    pub(super) fn slot(handle: &dyn Handle, event: &RecordedEvent, slots: usize) -> Option<usize> {
        handle.lane(event).map(|lane| slot_of(&lane, slots))
    }
}
