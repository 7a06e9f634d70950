//! What is to be known of an event handler, without its type: all of them are run by the same code.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};
use tracing::{Instrument, info_span};

use crate::{
    event::RecordedEvent,
    handler::{BoxError, Concern, EventContext, EventHandler, EventHandlerSettings, HandledEvent, StartFrom},
    message::Position,
    services::Services,
    store::SubscriptionStart,
};

use super::super::Wanted;

/// Calls a handler once; a panic is a failure like any other.
pub(crate) type Call = for<'a> fn(&'a RecordedEvent, &'a Services) -> BoxFuture<'a, Result<(), BoxError>>;

/// An event handler, without its type.
pub(crate) struct Facts {
    pub(super) name: &'static str,
    pub(super) start: SubscriptionStart,
    pub(super) settings: EventHandlerSettings,
    /// Whether its calls may block.
    pub(super) blocking: bool,
    pub(super) wanted: Wanted,
    pub(super) concern: Concern,
    pub(super) call: Call,
}

impl Facts {
    pub(crate) fn of<H: EventHandler>() -> Arc<Self> {
        Arc::new(Self {
            name: H::NAME,
            start: start_of::<H>(),
            settings: H::SETTINGS,
            blocking: H::BLOCKING,
            wanted: Wanted::of(H::KINDS),
            concern: Concern::of(&[H::INFO]),
            call: call_once::<H>,
        })
    }
}

/// Where a handler starts when it first runs.
pub(crate) fn start_of<H: EventHandler>() -> SubscriptionStart {
    let position = match H::FROM {
        StartFrom::Start => Some(Position::START),
        StartFrom::Now => None,
    };
    SubscriptionStart { name: H::NAME, aliases: H::ALIASES, version: 1, position }
}

/// Calls the handler once; a panic is a failure like any other.
pub(crate) fn call_once<'a, H: EventHandler>(
    event: &'a RecordedEvent,
    services: &'a Services,
) -> BoxFuture<'a, Result<(), BoxError>> {
    let handled = async move {
        let decoded = H::Event::from_recorded(event)?;
        let context = EventContext::recorded(event).with_services(services).for_handler(H::NAME);
        H::handle(&decoded, &context).await
    };
    traced(H::NAME, event, handled.boxed()).boxed()
}

async fn traced(
    handler: &'static str,
    event: &RecordedEvent,
    handled: BoxFuture<'_, Result<(), BoxError>>,
) -> Result<(), BoxError> {
    let span = info_span!("handle", handler, event = %event.envelope.name, position = %event.position);
    let outcome = AssertUnwindSafe(handled.instrument(span)).catch_unwind().await;
    outcome.unwrap_or_else(|panic| Err(crate::panics::failure(&*panic)))
}
