//! What is to be known of what is run, without its type: all of them are run by the same code.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, TryFutureExt, future::BoxFuture};
use tracing::{Instrument, info_span};

use crate::{
    event::RecordedEvent,
    handler::{BoxError, Concern, EventContext, EventHandler, EventHandlerSettings, HandledEvent, StartFrom},
    message::{Position, StreamId},
    services::Services,
    store::SubscriptionStart,
};

use super::{
    super::Wanted,
    handle::{Handle, Unhandled},
};

/// Calls a handler once; a panic is a failure like any other.
pub(crate) type Call = for<'a> fn(&'a RecordedEvent, &'a Services) -> BoxFuture<'a, Result<(), BoxError>>;

/// What is run: whatever handles events, and which of them it is given.
pub(crate) struct Facts {
    pub(super) start: SubscriptionStart,
    pub(super) settings: EventHandlerSettings,
    pub(super) wanted: Wanted,
    pub(super) concern: Concern,
    pub(super) handle: Box<dyn Handle>,
}

impl Facts {
    /// An event handler function, without its type.
    pub(crate) fn of<H: EventHandler>() -> Arc<Self> {
        let function = Function {
            start: start_of::<H>(),
            settings: H::SETTINGS,
            blocking: H::BLOCKING,
            call: call_once::<H>,
        };
        Self::new(Box::new(function), Wanted::of(H::KINDS), Concern::of(&[H::INFO]))
    }

    pub(crate) fn new(handle: Box<dyn Handle>, wanted: Wanted, concern: Concern) -> Arc<Self> {
        Arc::new(Self { start: handle.start(), settings: handle.settings(), wanted, concern, handle })
    }

    pub(super) fn name(&self) -> &'static str {
        self.start.name
    }

    /// In whose order an event is handled, if it is to be handled at all.
    pub(super) fn lane(&self, event: &RecordedEvent) -> Option<StreamId> {
        if self.concern.holds(event) { self.handle.lane(event) } else { None }
    }
}

struct Function {
    start: SubscriptionStart,
    settings: EventHandlerSettings,
    blocking: bool,
    call: Call,
}

impl Handle for Function {
    fn start(&self) -> SubscriptionStart {
        self.start
    }

    fn settings(&self) -> EventHandlerSettings {
        self.settings
    }

    fn blocking(&self) -> bool {
        self.blocking
    }

    fn call<'a>(
        &'a self,
        event: &'a RecordedEvent,
        services: &'a Services,
    ) -> BoxFuture<'a, Result<(), Unhandled>> {
        (self.call)(event, services).map_err(Unhandled::from).boxed()
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
    call: BoxFuture<'_, Result<(), BoxError>>,
) -> Result<(), BoxError> {
    let span = info_span!("handle", handler, event = %event.envelope.name, position = %event.position);
    let outcome = AssertUnwindSafe(call.instrument(span)).catch_unwind().await;
    outcome.unwrap_or_else(|panic| Err(crate::panics::failure(&*panic)))
}
