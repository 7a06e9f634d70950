//! The dispatcher: what every command goes through.

use std::{
    pin::pin,
    sync::{Arc, Weak},
};

use tracing::{Instrument, info_span};

use crate::{services::Services, store::Store};

use super::{
    CommandEntry, CommandHandler, CommandTable, Dispatch, DispatchError, DispatchSettings, HandledCommand,
    NamedCommand, Receipt, Request, caches::Caches, failures, gate::Gate, meters::Meters, prepared::Prepared,
};

/// Dispatches commands to their handlers. Clones are the same dispatcher.
///
/// A handler that sends further commands takes it as `Inject<Dispatcher>`. It does not keep the application
/// alive: after a shutdown it answers [`DispatchError::ShuttingDown`].
#[derive(Clone, Debug)]
pub struct Dispatcher(Weak<Core>);

/// What the dispatcher works with; the application owns it.
pub struct Core {
    pub(super) store: Arc<dyn Store>,
    pub(super) services: Services,
    pub(super) caches: Caches,
    pub(super) settings: DispatchSettings,
    commands: CommandTable,
    gate: Gate,
    pub(super) meters: Meters,
}

/// The application is gone.
pub(super) struct ShutDown;

impl Core {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        mut services: Services,
        commands: CommandTable,
        settings: DispatchSettings,
    ) -> Arc<Self> {
        Arc::new_cyclic(|core| {
            services.provide(Dispatcher(Weak::clone(core)));
            let caches = Caches::new(settings.cached_aggregates);
            Self {
                store,
                services,
                caches,
                settings,
                commands,
                gate: Gate::default(),
                meters: Meters::default(),
            }
        })
    }

    pub(crate) fn dispatcher(self: &Arc<Self>) -> Dispatcher {
        Dispatcher(Arc::downgrade(self))
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(crate) fn services(&self) -> &Services {
        &self.services
    }

    /// Lets no more commands in, and resolves once those inside have finished.
    pub(crate) async fn close(&self) {
        self.gate.close().await;
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Core({})", self.store.name())
    }
}

impl Dispatcher {
    /// A dispatcher without an application, which refuses everything.
    pub(crate) const fn detached() -> Self {
        Self(Weak::new())
    }

    /// A command to its handler, which the compiler knows.
    pub fn dispatch<C: HandledCommand>(&self, command: C) -> Dispatch<C> {
        Dispatch::new(self.clone(), command)
    }

    /// A command by its stored name, from JSON: what a bus or an HTTP endpoint has. An unknown name, a missing
    /// field and a surplus field are errors; the domain's own error keeps its value, for downcasting.
    pub fn dispatch_json(&self, name: impl Into<String>, json: impl Into<String>) -> Dispatch<NamedCommand> {
        Dispatch::new(self.clone(), NamedCommand::new(name, json))
    }

    pub(super) async fn execute<C: HandledCommand>(
        &self,
        request: Request<C>,
    ) -> Result<Receipt, DispatchError<<C::Handler as CommandHandler<C>>::Error>> {
        let core = self.0.upgrade().ok_or(DispatchError::ShuttingDown)?;
        let Some(_inside) = core.gate.enter() else { return Err(DispatchError::ShuttingDown) };
        let meter = core.meters.of::<C>();
        meter.dispatched.increment(1);
        let span = info_span!("dispatch", command = C::NAME, command_id = %request.id, aggregate_id = %request.command.aggregate_id());
        let started = std::time::Instant::now();
        // Pinned where it is made: wrapping it would move it.
        let outcome = pin!(core.execute(request)).instrument(span).await;
        meter.duration.record(started.elapsed());
        outcome
    }

    /// The command of this name; none after a shutdown.
    pub(super) fn named(&self, name: &str) -> Result<Option<CommandEntry>, ShutDown> {
        self.0.upgrade().map(|core| core.commands.find(name)).ok_or(ShutDown)
    }
}

impl Core {
    async fn execute<C: HandledCommand>(
        &self,
        request: Request<C>,
    ) -> Result<Receipt, DispatchError<<C::Handler as CommandHandler<C>>::Error>> {
        let prepared = Prepared::new(&request, C::Handler::stream(&request.command))?;
        let known = if request.given { Box::pin(self.first_outcome(&prepared)).await } else { Ok(None) };
        let outcome = match known {
            Ok(Some(receipt)) => Ok(receipt),
            Ok(None) => {
                let outcome = C::Handler::handle(self, request, &prepared).await;
                if prepared.needs_a_look(&outcome) {
                    Box::pin(self.unless_stored(&prepared, outcome)).await
                } else {
                    outcome
                }
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &outcome {
            Box::pin(failures::record(self, prepared, error)).await;
        }
        outcome
    }
}
