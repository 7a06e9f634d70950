//! Handling what comes over a bus: one task that takes messages, and a fixed number of workers.

mod fetch;
mod handling;
mod held;
mod listening;
mod settling;
mod worker;

use std::{fmt, time::Duration};

use smol_str::SmolStr;

use super::{Bus, BusError, ConsumerOptions, Message, RetryPolicy};

pub use handling::HandlingError;
pub use listening::{Listening, Stopped};

/// How to listen to a bus; [`Listen::start`] begins.
pub struct Listen<M> {
    bus: Bus<M>,
    group: SmolStr,
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
        Self { bus, group: group.into(), settings }
    }

    /// How many messages to handle at a time; 4 unless said otherwise, at least 1. Messages of one key are still
    /// handled one after the other.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.settings.workers = workers.max(1);
        self
    }

    /// How many messages to take from the bus before the first of them is settled; 64 unless said otherwise, at
    /// least 1. Messages that wait for a retry, or behind one, count.
    #[must_use]
    pub fn prefetch(mut self, prefetch: usize) -> Self {
        self.settings.prefetch = prefetch.max(1);
        self
    }

    /// Be the only listener of the group: `start` fails if there is another, and others fail while this one listens.
    /// Otherwise listeners of a group compete for its messages.
    #[must_use]
    pub fn exclusive(mut self) -> Self {
        self.settings.exclusive = true;
        self
    }

    /// What to do about messages that fail; see [`RetryPolicy`] for the default.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// How long a stop waits for handlers to end by themselves before it drops them; 30 s unless said otherwise.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace;
        self
    }

    /// Begins to listen. `handler` is called with each message until it succeeds, refuses it for good, or the
    /// policy's attempts are used up; a message may come twice, after a crash for example.
    ///
    /// A panic in the handler is a failed attempt. [`BusError::NotExclusive`] if the group cannot be joined.
    pub async fn start<F, R>(self, handler: F) -> Result<Listening, BusError>
    where
        F: Fn(M) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlingError>> + Send + 'static,
    {
        let Settings { prefetch, exclusive, .. } = self.settings;
        let options = ConsumerOptions { group: self.group.clone(), exclusive, prefetch };
        let consumer = self.bus.transport().consume(options).await?;
        Ok(Listening::spawn(consumer, self.settings, handler))
    }
}

impl<M: Message> fmt::Debug for Listen<M> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Listen")
            .field("bus", &self.bus)
            .field("group", &self.group)
            .field("settings", &self.settings)
            .finish()
    }
}
