//! What an event handler may ask about the event at hand.

use std::{
    any::Any,
    sync::{Arc, OnceLock},
};

use crate::{
    event::{DecodeError, Envelope, RecordedEvent, StoredEvent},
    message::Cause,
    services::{Inject, Services},
};

/// The surroundings of one event while its handler runs; handlers see it through their arguments.
#[derive(Debug)]
pub struct EventContext<'a> {
    stored: StoredEvent<'a>,
    known: Option<&'a Envelope>,
    decoded: OnceLock<Envelope>,
    services: Option<&'a Services>,
    /// The name of the event handler that is called, if it is a function.
    handler: Option<&'static str>,
    cause: OnceLock<Arc<Cause>>,
    desk: Option<&'a Desk>,
}

/// What a process manager's handlers write on; only the room of processes knows what it is.
type Desk = dyn Any + Send + Sync;

impl<'a> EventContext<'a> {
    /// Returns the context of an event as a store hands it out; its metadata is decoded only if a handler asks.
    #[inline]
    pub const fn stored(stored: StoredEvent<'a>) -> Self {
        Self {
            stored,
            known: None,
            decoded: OnceLock::new(),
            services: None,
            handler: None,
            cause: OnceLock::new(),
            desk: None,
        }
    }

    /// Returns the context of an event that is decoded already.
    pub fn recorded(event: &'a RecordedEvent) -> Self {
        Self { known: Some(&event.envelope), ..Self::stored(event.as_stored()) }
    }

    /// Lets handlers ask for services.
    #[must_use]
    pub fn with_services(mut self, services: &'a Services) -> Self {
        self.services = Some(services);
        self
    }

    /// Says which event handler is called: the commands that it dispatches follow from the event, and have ids that are made of
    /// this name. Without it they are commands like any other.
    #[must_use]
    pub fn for_handler(mut self, name: &'static str) -> Self {
        self.handler = Some(name);
        self
    }

    /// Lets handlers ask for an outbox, which writes on this.
    #[must_use]
    pub(crate) fn with_desk(mut self, desk: &'a Desk) -> Self {
        self.desk = Some(desk);
        self
    }

    /// What an outbox writes on, where there is any.
    pub(crate) fn desk<T: 'static>(&self) -> Option<&'a T> {
        self.desk.and_then(|desk| desk.downcast_ref())
    }

    /// Returns the event as stored.
    pub fn event(&self) -> &StoredEvent<'a> {
        &self.stored
    }

    /// Returns the event's envelope.
    pub fn envelope(&self) -> Result<&Envelope, DecodeError> {
        if let Some(envelope) = self.known.or_else(|| self.decoded.get()) {
            return Ok(envelope);
        }
        let envelope = self.stored.to_envelope()?;
        Ok(self.decoded.get_or_init(|| envelope))
    }

    /// Returns the services, where there are any.
    pub fn services(&self) -> Option<&'a Services> {
        self.services
    }

    /// The service of type `T`; where it is one of the call, the call's own.
    pub(crate) fn service<T: Send + Sync + 'static>(&self) -> Result<Option<Inject<T>>, DecodeError> {
        match (self.services, self.handler) {
            (Some(services), Some(handler)) => services.get_caused(|| self.cause(handler)),
            (services, _) => Ok(services.and_then(Services::get)),
        }
    }

    /// One for the whole call, which counts what is sent.
    fn cause(&self, handler: &'static str) -> Result<Arc<Cause>, DecodeError> {
        let envelope = self.envelope()?;
        let cause = || Arc::new(Cause::new(handler, envelope.id, envelope.metadata.clone()));
        Ok(Arc::clone(self.cause.get_or_init(cause)))
    }
}
