//! What an event handler may ask about the event at hand.

use std::{any::Any, sync::OnceLock};

use crate::{
    event::{DecodeError, Envelope, RecordedEvent, StoredEvent},
    services::Services,
};

/// The surroundings of one event while its handler runs; handlers see it through their arguments.
#[derive(Debug)]
pub struct EventContext<'a> {
    stored: StoredEvent<'a>,
    known: Option<&'a Envelope>,
    decoded: OnceLock<Envelope>,
    services: Option<&'a Services>,
    desk: Option<&'a Desk>,
}

/// What a process manager's handlers write on; only the room of processes knows what it is.
type Desk = dyn Any + Send + Sync;

impl<'a> EventContext<'a> {
    /// Returns the context of an event as a store hands it out; its metadata is decoded only if a handler asks.
    #[inline]
    pub const fn stored(stored: StoredEvent<'a>) -> Self {
        Self { stored, known: None, decoded: OnceLock::new(), services: None, desk: None }
    }

    /// Returns the context of an event that is decoded already.
    pub fn recorded(event: &'a RecordedEvent) -> Self {
        Self {
            stored: event.as_stored(),
            known: Some(&event.envelope),
            decoded: OnceLock::new(),
            services: None,
            desk: None,
        }
    }

    /// Lets handlers ask for services.
    #[must_use]
    pub fn with_services(mut self, services: &'a Services) -> Self {
        self.services = Some(services);
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
}
