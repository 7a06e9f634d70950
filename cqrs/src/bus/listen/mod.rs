//! Handling what comes over a bus: one task that takes messages, and a fixed number of workers.

mod fetch;
mod handling;
mod held;
mod inbox;
mod listening;
mod phase;
mod settling;
mod worker;

use std::{fmt, sync::Arc, time::Duration};

use smol_str::SmolStr;

use crate::store::InboxStore;

use super::{Bus, BusError, ConsumerOptions, EventMessage, Message, RetryPolicy};

use inbox::Inbox;
pub(super) use worker::Arrived;

pub use handling::HandlingError;
pub use listening::{Listening, Stopped};

/// How to listen to a bus; [`Listen::start`] begins.
pub struct Listen<M> {
    bus: Bus<M>,
    group: SmolStr,
    inbox: Option<Arc<dyn InboxStore>>,
    settings: Settings,
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    workers: usize,
    prefetch: usize,
    exclusive: bool,
    retry: RetryPolicy,
    grace: Duration,
}

impl<M: Message> Listen<M> {
    pub(super) fn new(bus: Bus<M>, group: &str) -> Self {
        let settings = Settings {
            workers: 4,
            prefetch: 64,
            exclusive: false,
            retry: RetryPolicy::default(),
            grace: Duration::from_secs(30),
        };
        Self { bus, group: group.into(), inbox: None, settings }
    }

    /// Sets how many messages to handle at a time; 4 unless said otherwise, at least 1. Messages of one key are still
    /// handled one after the other.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.settings.workers = workers.max(1);
        self
    }

    /// Sets how many messages to take from the bus before the first of them is settled; 64 unless said otherwise, at
    /// least 1. Messages that wait for a retry, or behind one, count.
    ///
    /// RabbitMQ sends as many of each partition that the listener has, and all are in memory, however large they are: for
    /// messages of megabytes, ask for a few. Members of a group should ask for the same number: that keeps the order of
    /// what several of them give back.
    #[must_use]
    pub fn prefetch(mut self, prefetch: usize) -> Self {
        self.settings.prefetch = prefetch.max(1);
        self
    }

    /// Makes it the only listener of the group: `start` fails if there is another, and others fail while this one listens.
    /// Otherwise listeners of a group compete for its messages.
    #[must_use]
    pub fn exclusive(mut self) -> Self {
        self.settings.exclusive = true;
        self
    }

    /// Sets what to do about messages that fail; see [`RetryPolicy`] for the default.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// Sets how long a stop waits for handlers to end by themselves before it drops them; 30 s unless said otherwise.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// Begins to listen. `handler` is called with each message until it succeeds, refuses it for good, or the
    /// policy's attempts are used up; a message may come twice, after a crash for example. While the handler says that
    /// what it needs is [not available](HandlingError::Unavailable), it is called again, however often.
    ///
    /// It resolves when the group is joined: while the broker is away it waits, and fails with [`BusError::Closed`] if the bus is
    /// closed meanwhile. Drop it to wait no longer, such as on a signal.
    ///
    /// A panic in the handler is a failed attempt. [`BusError::NotExclusive`] if the group cannot be joined.
    pub async fn start<F, R>(self, handler: F) -> Result<Listening, BusError>
    where
        F: Fn(M) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlingError>> + Send + 'static,
    {
        let Some(store) = self.inbox.clone() else {
            return self.start_attempts(move |arrived| handler(arrived.message)).await;
        };
        let (inbox, handler) = (Arc::new(Inbox { store, group: self.group.clone() }), Arc::new(handler));
        let once = move |arrived| {
            let (inbox, handler) = (Arc::clone(&inbox), Arc::clone(&handler));
            async move { inbox.once(arrived, |message| handler(message)).await }
        };
        self.start_attempts(once).await
    }

    /// The same, for a handler that is to know of each attempt what it is.
    pub(super) async fn start_attempts<F, R>(self, handler: F) -> Result<Listening, BusError>
    where
        F: Fn(Arrived<M>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlingError>> + Send + 'static,
    {
        let Settings { prefetch, exclusive, .. } = self.settings;
        let options = ConsumerOptions { group: self.group.clone(), exclusive, prefetch };
        let consumer = self.bus.transport().consume(options).await?;
        Ok(Listening::spawn(consumer, &self.group, self.settings, handler))
    }
}

impl Listen<EventMessage> {
    /// Notes in a store what the group has handled, the last version of each stream, and drops events that come again
    /// because their publisher or a listener died before it knew of its success. An event is noted after it was handled
    /// and before it is acknowledged.
    ///
    /// Events that are missing between two of a stream are counted and reported; an event that leaves more than a million
    /// out becomes a dead letter, and is accepted when somebody retries it. The handler may still be called twice
    /// with an event, if its process ends right after it.
    ///
    /// Any store of events can be used, such as the application's own; all members of the group must use the same.
    #[must_use]
    pub fn inbox(mut self, store: Arc<dyn InboxStore>) -> Self {
        self.inbox = Some(store);
        self
    }
}

impl<M: Message> fmt::Debug for Listen<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Listen")
            .field("bus", &self.bus)
            .field("group", &self.group)
            .field("inbox", &self.inbox.is_some())
            .field("settings", &self.settings)
            .finish()
    }
}
