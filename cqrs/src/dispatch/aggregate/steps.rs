//! What is done to decide once: load, ask the handler, fold what it decided.
//!
//! Code of the domain runs here. Whatever it does, a panic too, fails this command alone.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
};

use futures_util::FutureExt;
use tracing::Instrument;

use crate::{
    aggregate::Aggregate,
    command::{Command, CommandContext, Decide},
    dispatch::{
        DispatchError,
        cache::Permit,
        decide::{self, Limit},
        held,
    },
    message::EventId,
    panics::message,
    repository::{Loaded, Recording, load, save_snapshot, snapshot_due, take_snapshot},
    store::NewEvent,
};

use super::handling::Handling;

impl<A: Aggregate> Handling<'_, A> {
    /// Loads the state. An event handler of the aggregate may panic on its history: that fails this command.
    pub(super) async fn load<E>(&self) -> Result<Loaded<A>, DispatchError<E>> {
        match AssertUnwindSafe(load(&*self.core.store, self.stream)).catch_unwind().await {
            Ok(loaded) => loaded.map_err(DispatchError::Load),
            Err(panic) => Err(DispatchError::Panicked(message(&*panic))),
        }
    }

    /// Asks the handler, which takes the command; after the first time another one, decoded from the first's own JSON.
    pub(super) async fn decide<C>(
        &self,
        loaded: &Loaded<A>,
        first: &mut Option<C>,
    ) -> Result<Vec<A::Event>, DispatchError<A::Error>>
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        let context = CommandContext {
            command_id: self.prepared.claim.id,
            metadata: self.metadata,
            stream: Some(self.stream),
            services: &self.core.services,
            repositories: None,
        };
        // Pinned where it is made: what wraps it would move it, and is kept beside it.
        let handler = pin!({
            let command = first.take().map_or_else(|| self.prepared.command_again(), Ok)?;
            A::decide(loaded.existing(), command, context)
        });
        let handler = handler.instrument(tracing::debug_span!("decide"));
        let handler = pin!(handler);
        let nested = self.core.commands.findings();
        let waiting = || self.permit.as_ref().and_then(Permit::first_waiting);
        let limit = Limit { time: self.time_limit, waiting: &waiting };
        held::holding(self.stream, decide::run(limit, None, nested, handler)).await
    }

    /// Folds the new events onto the state. After an error, or a panic of an event handler, the state is part of
    /// the way, and the caller drops it.
    pub(super) fn record<E>(
        &self,
        loaded: &mut Loaded<A>,
        events: &[A::Event],
    ) -> Result<Vec<NewEvent>, DispatchError<E>> {
        // The clock was read when the command was made.
        let new_id = EventId::generate_next;
        let recording = Recording { stream: self.stream, metadata: &self.prepared.metadata, new_id };
        match catch_unwind(AssertUnwindSafe(|| recording.record_all(loaded, events))) {
            Ok(recorded) => recorded.map_err(DispatchError::InvalidDecision),
            Err(panic) => Err(DispatchError::Panicked(message(&*panic))),
        }
    }

    /// A snapshot is taken beside the command: it must not wait for one, nor fail with one. A store in memory has saved it at
    /// once, and a task would cost more than that.
    pub(super) fn snapshot(&self, loaded: &mut Loaded<A>) {
        if !snapshot_due(loaded) {
            return;
        }
        let Some(snapshot) = take_snapshot(self.stream, loaded) else { return };
        loaded.snapshot = loaded.version;
        loaded.folded = 0;
        let (store, in_memory) = (Arc::clone(&self.core.store), !self.core.store.capabilities().durable);
        let saving = AssertUnwindSafe(async move { save_snapshot(&*store, snapshot).await });
        let mut saving = saving.catch_unwind().boxed();
        if !in_memory || saving.as_mut().now_or_never().is_none() {
            tokio::spawn(saving);
        }
    }
}
