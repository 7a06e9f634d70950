//! The sender: from steps to commands.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    bus::CommandBus,
    dispatch::Core,
    event::RecordedEvent,
    handler::EventHandlerSettings,
    message::{Position, StreamId},
    registry::ProcessEntry,
    services::Services,
    store::SubscriptionStart,
    subscription::{Environment, Handle, Running, Unhandled, Wanted},
};

use super::{
    super::{Step, names},
    AT_ONCE,
    sending::Sending,
    skipping::of_command,
};

/// Sends what the steps of one process manager say.
pub(crate) struct Sender {
    entry: ProcessEntry,
    core: Arc<Core>,
}

impl Sender {
    /// There is no step before the steps worker's first: whenever it begins, it is the beginning.
    pub(crate) fn start(entry: &ProcessEntry) -> SubscriptionStart {
        SubscriptionStart { name: entry.sender, aliases: &[], version: 1, position: Some(Position::START) }
    }

    pub(crate) fn prepare(entry: ProcessEntry, core: &Arc<Core>, environment: &Environment) -> Running {
        let core = Arc::clone(core);
        let make = move || Self { entry, core: Arc::clone(&core) };
        super::run(make, entry.sender_slots, Wanted::these([names::STEP]), environment)
    }

    /// All commands of a step, in order, up to one that has no outcome yet.
    async fn send(&self, event: &RecordedEvent, services: &Services) -> Result<(), Unhandled> {
        let step: Step = event.decode().map_err(|error| Unhandled::ForGood(error.into()))?;
        let bus = services.get::<CommandBus>();
        let sending = Sending {
            core: &self.core,
            bus: bus.as_deref(),
            process: self.entry.name,
            step: &event.envelope,
        };
        for command in step.commands {
            let named = (command.name.to_string(), command.id);
            sending.send(command).await.map_err(|failure| of_command(failure, named))?;
        }
        Ok(())
    }
}

impl Handle for Sender {
    fn start(&self) -> SubscriptionStart {
        Self::start(&self.entry)
    }

    fn settings(&self) -> EventHandlerSettings {
        EventHandlerSettings::new().concurrency(AT_ONCE)
    }

    fn call<'a>(
        &'a self,
        event: &'a RecordedEvent,
        services: &'a Services,
    ) -> BoxFuture<'a, Result<(), Unhandled>> {
        self.send(event, services).boxed()
    }

    fn lane(&self, event: &RecordedEvent) -> Option<StreamId> {
        let stream = &event.envelope.stream;
        (stream.category() == self.entry.category).then(|| stream.clone())
    }

    fn lanes_are_streams(&self) -> bool {
        true
    }
}
