//! The log as one subscription sees it: pages of the events it wants, and a wait for more.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};

use crate::{
    event::{EventKinds, RecordedEvent},
    handler::{Concern, EventHandlerInfo},
    message::Position,
    store::{PageEnd, StoreError},
};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use super::handling::Pages;
use super::{Environment, State, StatusSender, environment::Request, is_passing, wanted::Wanted};

/// The log as one subscription sees it.
pub(crate) struct Source {
    environment: Environment,
    wanted: Wanted,
    concern: Concern,
    wake_ups: watch::Receiver<Position>,
    requests: mpsc::UnboundedReceiver<Request>,
    /// What is read for all slots, and which slot this is.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    slot: Option<(Arc<Pages>, usize)>,
    /// How often the store has failed in a row.
    failures: u32,
}

/// Why a wait ended.
pub(crate) enum Woken {
    /// There may be more events.
    Look,
    /// Somebody asks for something.
    Asked(Request),
    /// The application shuts down.
    ShutDown,
}

impl Source {
    /// The events of these kinds; `None` means all. Of these it gives those that concern the handlers.
    pub(crate) fn new(
        environment: &Environment,
        kinds: Option<EventKinds>,
        handlers: &[EventHandlerInfo],
    ) -> (Self, mpsc::UnboundedSender<Request>) {
        let (source, sender) = Self::of(environment, Wanted::of(kinds));
        (Self { concern: Concern::of(handlers), ..source }, sender)
    }

    /// All events that are wanted.
    pub(crate) fn of(environment: &Environment, wanted: Wanted) -> (Self, mpsc::UnboundedSender<Request>) {
        let (sender, requests) = mpsc::unbounded_channel();
        environment.tail.join(&wanted);
        let wake_ups = environment.store.wake_ups();
        let (environment, concern) = (environment.clone(), Concern::default());
        let source = Self {
            environment,
            wanted,
            concern,
            wake_ups,
            requests,
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            slot: None,
            failures: 0,
        };
        (source, sender)
    }

    /// The same, which gives the events of a slot from what is read for all.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(super) fn of_slot(self, pages: Arc<Pages>, slot: usize) -> Self {
        Self { slot: Some((pages, slot)), ..self }
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The events it gives.
    pub(crate) fn wanted(&self) -> Wanted {
        self.wanted.clone()
    }

    /// Whether it would give this event, which is of a kind that it gives.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn gives(&self, event: &RecordedEvent) -> bool {
        self.concern.holds(event)
    }

    /// The next events, as many as a batch holds.
    pub(crate) async fn page(
        &mut self,
        after: Position,
    ) -> Result<(Vec<RecordedEvent>, PageEnd), StoreError> {
        self.begin_page(after).await
    }

    /// As [`Self::page`]; the read goes on beside what its caller does.
    pub(crate) fn begin_page(
        &mut self,
        after: Position,
    ) -> impl Future<Output = Result<(Vec<RecordedEvent>, PageEnd), StoreError>> + Send + use<> {
        self.wake_ups.mark_unchanged();
        self.read_after(after)
    }

    /// Reads events that follow a page which is still being handled. What it gives is as old as it is: whoever finds
    /// it to be the end waits for a wake-up, and none since the last [`Self::page`] is lost.
    pub(crate) fn read_after(
        &self,
        after: Position,
    ) -> impl Future<Output = Result<(Vec<RecordedEvent>, PageEnd), StoreError>> + Send + use<> {
        let (tail, wanted) = (Arc::clone(&self.environment.tail), self.wanted.clone());
        let (limit, concern) = (self.environment.settings.batch, self.concern.clone());
        #[cfg(any(feature = "sqlite", feature = "postgres"))]
        let slot = self.slot.clone();
        async move {
            #[cfg(any(feature = "sqlite", feature = "postgres"))]
            if let Some((pages, slot)) = slot {
                return pages.page(&wanted, slot, after, limit).await;
            }
            let (mut events, end) = tail.page(&wanted, after, limit).await?;
            events.retain(|event| wanted.includes(&event.envelope.name) && concern.holds(event));
            Ok((events, end))
        }
    }

    /// Waits until there may be more. Another process may have written without waking us, so the wait is
    /// bounded where the store says so.
    pub(crate) async fn wait(&mut self) -> Woken {
        let longest = self.environment.store.capabilities().poll_interval.unwrap_or(Duration::from_hours(1));
        self.wait_at_most(longest).await
    }

    /// As [`Self::stall`]; but what no waiting mends is said to have stopped, until somebody mends it.
    pub(crate) async fn fail(&mut self, status: &StatusSender, error: &StoreError) -> Woken {
        if is_passing(error) {
            return self.stall(status, error).await;
        }
        status.refused(error);
        self.pause(self.environment.settings.longest_delay).await
    }

    /// Says that the store has failed, and waits: the longer, the more often in a row.
    pub(crate) async fn stall(
        &mut self,
        status: &StatusSender,
        error: &(dyn std::error::Error + Sync),
    ) -> Woken {
        status.stalled(error);
        self.failures = self.failures.saturating_add(1);
        self.pause(self.environment.settings.delay_after(self.failures)).await
    }

    /// The store works, perhaps again.
    pub(crate) fn works(&mut self, status: &StatusSender) {
        self.works_as(status, State::Running);
    }

    /// The store works, perhaps again, and the subscription does this.
    pub(crate) fn works_as(&mut self, status: &StatusSender, state: State) {
        self.failures = 0;
        status.is(state);
    }

    /// Waits this long, whatever is there to read.
    pub(crate) async fn pause(&mut self, pause: Duration) -> Woken {
        let shutdown = &mut self.environment.shutdown;
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|down| *down) => Woken::ShutDown,
            () = tokio::time::sleep(pause) => Woken::Look,
        }
    }

    async fn wait_at_most(&mut self, longest: Duration) -> Woken {
        let shutdown = &mut self.environment.shutdown;
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|down| *down) => Woken::ShutDown,
            Some(request) = self.requests.recv() => Woken::Asked(request),
            Ok(()) = self.wake_ups.changed() => Woken::Look,
            () = tokio::time::sleep(longest) => Woken::Look,
        }
    }
}
