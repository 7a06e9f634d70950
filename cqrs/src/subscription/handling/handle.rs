//! What handles events one by one: an event handler function, or a part of the library that works like one.

use std::error::Error;

use futures_util::future::BoxFuture;

use crate::{
    event::{DecodeError, RecordedEvent},
    handler::{BoxError, EventHandlerSettings},
    message::StreamId,
    services::Services,
    store::{Lease, ProcessRow, StoreError, Subscription, SubscriptionStart},
};

/// Handles events one by one, those of one lane in order.
pub(crate) trait Handle: Send + Sync + 'static {
    /// How it begins when the store sees it for the first time.
    fn start(&self) -> SubscriptionStart;

    /// How it is run.
    fn settings(&self) -> EventHandlerSettings;

    /// Whether its calls may block.
    fn blocking(&self) -> bool {
        false
    }

    /// Handles an event once; a panic is a failure like any other.
    fn call<'a>(
        &'a self,
        event: &'a RecordedEvent,
        services: &'a Services,
    ) -> BoxFuture<'a, Result<(), Unhandled>>;

    /// In whose order an event is handled; `None` if it is not to be handled at all. By default it is the event's stream.
    fn lane(&self, event: &RecordedEvent) -> Option<StreamId> {
        Some(event.envelope.stream.clone())
    }

    /// Where the process of a lane stands after a call that has ended, if that is to be kept: it is, with the call.
    fn process_row(&self, lane: &StreamId) -> Option<ProcessRow> {
        let _ = lane;
        None
    }

    /// Whether the events of a lane are those of one stream.
    fn lanes_are_streams(&self) -> bool {
        true
    }

    /// Whether what cannot be read is to be handled in this lane.
    fn takes(&self, lane: &StreamId) -> bool {
        let _ = lane;
        true
    }

    /// The lease was gained: others may have worked on it since, so that what is remembered may be old.
    fn gained(&self, lease: &Lease, subscription: &Subscription) {
        let _ = (lease, subscription);
    }

    /// Up to which version it knows what it writes and reads back, where it is divided.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    fn knows(&self) -> u32 {
        1
    }
}

/// Why an event was not handled.
#[derive(Debug)]
pub(crate) enum Unhandled {
    /// It failed, and is tried again.
    Failed(BoxError),
    /// It fails whenever it is tried.
    ForGood(BoxError),
    /// What is needed for it is away: that counts no attempt.
    Away(BoxError),
}

impl Unhandled {
    pub(super) fn error(&self) -> &BoxError {
        let (Self::Failed(error) | Self::ForGood(error) | Self::Away(error)) = self;
        error
    }
}

impl From<BoxError> for Unhandled {
    fn from(error: BoxError) -> Self {
        if error.is::<DecodeError>() {
            return Self::ForGood(error);
        }
        if is_away(&*error) { Self::Away(error) } else { Self::Failed(error) }
    }
}

/// Whether the store is away, according to an error or one of its causes.
fn is_away(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref().is_some_and(StoreError::is_outage) || error.source().is_some_and(is_away)
}
