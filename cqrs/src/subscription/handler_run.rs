//! Running an event handler function: at least once, in order, with retries and dead letters.

use std::{marker::PhantomData, panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};

use tracing::{Instrument, info_span, warn};

use crate::{
    error_chain::chain,
    event::{DecodeError, RecordedEvent},
    handler::{BoxError, Concern, EventContext, EventHandler, HandledEvent, StartFrom},
    message::Position,
    store::{DeadLetter, StoreError, SubscriptionStart},
};

use super::{
    Environment, Progress, Turn, Work, count_failed, count_handled,
    parking::{Parking, event_of, is_placed, lost},
};

/// The work of one event handler.
pub(crate) struct HandlerWork<H> {
    parking: Parking,
    handler: PhantomData<fn() -> H>,
}

impl<H: EventHandler> HandlerWork<H> {
    pub(crate) fn new() -> Self {
        Self { parking: Parking::new(H::NAME), handler: PhantomData }
    }

    /// Tries an event until it is handled, or it has been tried often enough. `Interrupted` if the application
    /// shuts down between two tries: the event is then still to be handled.
    async fn handle_one(
        &mut self,
        event: &RecordedEvent,
        progress: &mut Progress,
    ) -> Result<Turn, StoreError> {
        let settings = progress.environment.settings;
        for tries in 1.. {
            let services = progress.environment.services.clone();
            let outcome = progress.keeping_lease(call::<H>(event, &services)).await?;
            count_handled(&progress.environment, H::NAME, std::slice::from_ref(event));
            let Err(error) = outcome else { return Ok(Turn::Done) };
            let error = chain(&*error);
            count_failed(H::NAME, &event.envelope.name);
            warn!(handler = H::NAME, position = %event.position, stream = %event.envelope.stream, tries, error, "event handler failed");
            // The end may be the cause: a command it dispatched was refused. It is handled after the next start.
            if progress.environment.is_shutting_down() {
                return Ok(Turn::Interrupted);
            }
            if tries >= settings.attempts {
                if progress.renew().await? == Turn::Interrupted {
                    return Ok(Turn::Interrupted);
                }
                self.parking.fail(&*progress.environment.store, event, tries, error).await?;
                break;
            }
            if !progress.pause(tries).await? {
                return Ok(Turn::Interrupted);
            }
        }
        Ok(Turn::Done)
    }

    /// Tries the event of a dead letter again, decoded afresh. If it is handled, its letter goes, and the next of
    /// its stream is up.
    async fn handle_letter(
        &mut self,
        letter: DeadLetter,
        progress: &mut Progress,
    ) -> Result<Turn, StoreError> {
        let store = Arc::clone(&progress.environment.store);
        let event = match event_of(&*store, &letter).await? {
            Ok(event) => event,
            Err(_) if progress.renew().await? == Turn::Interrupted => return Ok(Turn::Interrupted),
            Err(reason) => return store.park(lost(letter, &reason)).await.map(|()| Turn::Done),
        };
        let event = &event;
        if !Concern::of(&[H::INFO]).holds(event) {
            return store.remove_dead_letter(&letter.key).await.map(|_| Turn::Done);
        }
        let services = progress.environment.services.clone();
        let outcome = progress.keeping_lease(call::<H>(event, &services)).await?;
        count_handled(&progress.environment, H::NAME, std::slice::from_ref(event));
        match outcome {
            Ok(()) => store.remove_dead_letter(&letter.key).await.map(|_| Turn::Done),
            // It stays as it is, and is tried again: after the next start, or by the owner of the lease.
            Err(_) if progress.environment.is_shutting_down() => Ok(Turn::Interrupted),
            Err(_) if progress.renew().await? == Turn::Interrupted => Ok(Turn::Interrupted),
            Err(error) => {
                self.parking.fail(&*store, event, letter.attempts + 1, chain(&*error)).await?;
                Ok(Turn::Done)
            }
        }
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

/// The call of a handler whose type is forgotten.
#[cfg(feature = "testing")]
pub(crate) type Call =
    for<'a> fn(&'a RecordedEvent, &'a crate::services::Services) -> BoxFuture<'a, Result<(), BoxError>>;

/// Calls the handler once, for a test of it alone.
#[cfg(feature = "testing")]
pub(crate) fn call_once<'a, H: EventHandler>(
    event: &'a RecordedEvent,
    services: &'a crate::services::Services,
) -> BoxFuture<'a, Result<(), BoxError>> {
    call::<H>(event, services).boxed()
}

/// Calls the handler once; a panic is a failure like any other.
async fn call<H: EventHandler>(
    event: &RecordedEvent,
    services: &crate::services::Services,
) -> Result<(), BoxError> {
    let span =
        info_span!("handle", handler = H::NAME, event = %event.envelope.name, position = %event.position);
    let handled = async {
        let decoded = H::Event::from_recorded(event)?;
        let context = EventContext::recorded(event).with_services(services).for_handler(H::NAME);
        H::handle(&decoded, &context).await
    };
    let outcome = AssertUnwindSafe(handled.instrument(span)).catch_unwind().await;
    outcome.unwrap_or_else(|panic| Err(crate::panics::failure(&*panic)))
}

impl<H: EventHandler> Work for HandlerWork<H> {
    fn start(&self) -> SubscriptionStart {
        start_of::<H>()
    }

    fn gained<'a>(&'a mut self, environment: &'a Environment) -> BoxFuture<'a, Result<(), StoreError>> {
        async move { self.parking.reload(&*environment.store).await.map(|_| ()) }.boxed()
    }

    fn resume<'a>(&'a mut self, progress: &'a mut Progress) -> BoxFuture<'a, Result<Turn, StoreError>> {
        async move {
            loop {
                let store = Arc::clone(&progress.environment.store);
                let letters = self.parking.reload(&*store).await?;
                if letters.is_empty() || progress.environment.is_shutting_down() {
                    return Ok(Turn::Done);
                }
                for letter in letters {
                    if self.handle_letter(letter, progress).await? == Turn::Interrupted {
                        return Ok(Turn::Interrupted);
                    }
                }
            }
        }
        .boxed()
    }

    fn undecodable<'a>(
        &'a mut self,
        error: Arc<DecodeError>,
        progress: &'a mut Progress,
    ) -> BoxFuture<'a, Result<Turn, StoreError>> {
        async move {
            if !is_placed(&error, progress.done()) {
                return Err(StoreError::Decode(error));
            }
            count_failed(H::NAME, &error.name);
            warn!(handler = H::NAME, %error, "event cannot be read, its stream is parked");
            if progress.renew().await? == Turn::Interrupted {
                return Ok(Turn::Interrupted);
            }
            self.parking.undecodable(&*progress.environment.store, &error).await?;
            progress.reached(error.position).await
        }
        .boxed()
    }

    fn handle<'a>(
        &'a mut self,
        events: Vec<RecordedEvent>,
        progress: &'a mut Progress,
    ) -> BoxFuture<'a, Result<Turn, StoreError>> {
        async move {
            for event in events {
                let turn = if self.parking.is_parked(&event.envelope.stream) {
                    self.parking.queue(&*progress.environment.store, &event).await?;
                    Turn::Done
                } else {
                    self.handle_one(&event, progress).await?
                };
                if turn == Turn::Interrupted || progress.reached(event.position).await? == Turn::Interrupted {
                    return Ok(Turn::Interrupted);
                }
                if progress.environment.is_shutting_down() {
                    progress.advance().await?;
                    return Ok(Turn::Interrupted);
                }
            }
            Ok(Turn::Done)
        }
        .boxed()
    }
}
