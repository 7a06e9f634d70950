//! The dispatcher: what every command goes through.

use std::{
    any::type_name,
    error::Error,
    pin::pin,
    sync::{Arc, Weak},
};

use jiff::Timestamp;
use tokio::sync::Notify;
use tracing::{Instrument, field, info_span};

use crate::{
    clock::Clock, command::Command, message::Cause, repository::OwnStore, services::Services, store::Store,
};

use super::{
    AnyRejection, CommandEntry, CommandHandler, CommandTable, Dispatch, DispatchError, DispatchSettings,
    HandledCommand, NamedCommand, Receipt,
    caches::Caches,
    failures,
    gate::Gate,
    meters::{Meter, Meters},
    prepared::Prepared,
    sent::{Expiry, Pending, Sender},
};

/// Dispatches commands to their handlers. Clones are the same dispatcher.
///
/// A handler that sends further commands takes it as `Inject<Dispatcher>`. It does not keep the application
/// alive: after a shutdown it answers [`DispatchError::ShuttingDown`].
///
/// What an [event handler function](macro@crate::event_handler#what-it-dispatches) dispatches is caused by its event, and has an id that is
/// derived from the event, so that nothing is sent twice when the function is called again. That holds for its clones, too.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// /// Whoever opens an account is given ten to begin with.
/// #[event_handler(from = now)]
/// async fn give_bonus(
///     _event: &AccountOpened,
///     account: Id<Account>,
///     dispatcher: Inject<Dispatcher>,
/// ) -> Result<(), DispatchError<std::convert::Infallible>> {
///     let bonus = CreditAccount { account: account.into_inner(), amount: 10 };
///     dispatcher.dispatch(bonus).await.map(drop)
/// }
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Dispatcher {
    core: Weak<Core>,
    /// The call of the event handler that it was made for.
    cause: Option<Arc<Cause>>,
}

/// What the dispatcher works with; the application owns it.
pub struct Core {
    pub(super) store: Arc<dyn Store>,
    pub(super) services: Services,
    pub(super) caches: Caches,
    pub(super) settings: DispatchSettings,
    pub(super) commands: CommandTable,
    pub(super) gate: Gate,
    pub(super) clock: Arc<dyn Clock>,
    /// Notified when a command was scheduled.
    pub(super) scheduled: Notify,
    /// Notified when a timer was set.
    timers: Notify,
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
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|core| {
            services.provide_caused(Dispatcher { core: Weak::clone(core), cause: None }, Dispatcher::caused);
            services.provide(OwnStore(Arc::clone(&store)));
            let caches = Caches::new(settings.cached_aggregates);
            Self {
                store,
                services,
                caches,
                settings,
                commands,
                gate: Gate::default(),
                clock,
                scheduled: Notify::new(),
                timers: Notify::new(),
                meters: Meters::default(),
            }
        })
    }

    pub(crate) fn dispatcher(self: &Arc<Self>) -> Dispatcher {
        Dispatcher { core: Arc::downgrade(self), cause: None }
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    pub(crate) fn services(&self) -> &Services {
        &self.services
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(crate) fn commands(&self) -> &CommandTable {
        &self.commands
    }

    /// Resolves once a command was scheduled here since this was last called.
    pub(crate) async fn scheduled(&self) {
        self.scheduled.notified().await;
    }

    /// A timer of a process was set.
    pub(crate) fn timer_was_set(&self) {
        self.timers.notify_one();
    }

    /// Resolves once a timer was set here since this was last called.
    pub(crate) async fn timers(&self) {
        self.timers.notified().await;
    }

    /// Whether commands that failed are kept.
    pub(crate) fn keeps_failures(&self) -> bool {
        self.settings.record_failures
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
        Self { core: Weak::new(), cause: None }
    }

    /// The same dispatcher, for one call of an event handler.
    fn caused(&self, cause: &Arc<Cause>) -> Self {
        Self { core: Weak::clone(&self.core), cause: Some(Arc::clone(cause)) }
    }

    /// The call of an event handler that its commands follow from.
    pub(super) fn cause(&self) -> Option<&Cause> {
        self.cause.as_deref()
    }

    /// Dispatches a command to its handler, which the compiler knows; await it for the receipt.
    pub fn dispatch<C: HandledCommand>(&self, command: C) -> Dispatch<C, C::Error> {
        Dispatch::of_command(self.clone(), command)
    }

    /// Dispatches a command by its stored name, from JSON: what a bus or an HTTP endpoint has. An unknown name, a missing
    /// field and a surplus field are errors; the domain's own error keeps its value, for downcasting.
    pub fn dispatch_json(
        &self,
        name: impl Into<String>,
        json: impl Into<String>,
    ) -> Dispatch<NamedCommand, AnyRejection> {
        Dispatch::by_name(self.clone(), NamedCommand::new(name, json))
    }

    /// Resolves once the application shuts down, or is gone.
    pub(crate) async fn closed(&self) {
        let Some(core) = self.core.upgrade() else { return };
        core.gate.closed().await;
    }

    pub(super) async fn execute<C: Command, H: CommandHandler<C>>(
        &self,
        request: &mut Pending<C>,
    ) -> Result<Receipt, DispatchError<H::Error>> {
        let core = self.core.upgrade().ok_or(DispatchError::ShuttingDown)?;
        let Some(_inside) = core.gate.enter() else { return Err(DispatchError::ShuttingDown) };
        let meter = core.meter::<C>().ok_or_else(not_registered::<C, _>)?;
        meter.dispatched.increment(1);
        let aggregate_id = request.command.as_ref().map(|command| field::display(command.aggregate_id()));
        let span = info_span!("dispatch", command = C::NAME, command_id = %request.id, aggregate_id);
        let started = std::time::Instant::now();
        // Pinned where it is made: wrapping it would move it.
        let outcome = pin!(core.execute::<C, H>(request)).instrument(span).await;
        meter.duration.record(started.elapsed());
        outcome
    }

    /// What it works with, while the application is there.
    pub(super) fn core(&self) -> Option<Arc<Core>> {
        self.core.upgrade()
    }

    /// The time, by the application's clock.
    pub(super) fn now(&self) -> Timestamp {
        self.core.upgrade().map_or_else(Timestamp::now, |core| core.clock.now())
    }

    /// Refuses a command that is not in the registry.
    pub(super) fn must_know<C: Command, E>(&self) -> Result<(), DispatchError<E>> {
        let core = self.core.upgrade().ok_or(DispatchError::ShuttingDown)?;
        core.meter::<C>().map(drop).ok_or_else(not_registered::<C, E>)
    }

    /// The command of this name; none after a shutdown.
    pub(super) fn named(&self, name: &str) -> Result<Option<CommandEntry>, ShutDown> {
        self.core.upgrade().map(|core| core.commands.find(name)).ok_or(ShutDown)
    }
}

fn not_registered<C: Command, E>() -> DispatchError<E> {
    DispatchError::NotRegistered { command: C::NAME, type_name: type_name::<C>() }
}

impl Core {
    /// Refuses a command that is not begun in time. One that was handled before never comes here.
    fn check_expiry<E>(&self, expiry: Expiry) -> Result<(), DispatchError<E>> {
        match expiry.time() {
            Some(time) if self.clock.now() > time => Err(DispatchError::Expired(time)),
            _ => Ok(()),
        }
    }

    /// What counts the command, made when it is dispatched for the first time; only then is it looked for in the
    /// registry. None if it is not there.
    fn meter<C: Command>(&self) -> Option<Arc<Meter>> {
        self.meters.known::<C>().or_else(|| self.commands.has::<C>().then(|| self.meters.make::<C>()))
    }

    async fn execute<C: Command, H: CommandHandler<C>>(
        &self,
        request: &mut Pending<C>,
    ) -> Result<Receipt, DispatchError<H::Error>> {
        if request.sender != Sender::Schedule {
            request.complete_headers().map_err(DispatchError::ReservedHeader)?;
        }
        let prepared = Box::new(Prepared::new(request, H::stream)?);
        // In a block: what is alive at an await has a place in the future, and all of it is copied with every command.
        let failing = {
            let outcome = if request.origin.may_come_again() {
                Box::pin(self.unless_known::<C, H>(request, &prepared)).await
            } else {
                match self.check_expiry(request.expiry) {
                    Ok(()) => self.handle::<C, H>(request, &prepared).await,
                    Err(expired) => Err(expired),
                }
            };
            let Err(error) = outcome else { return outcome };
            if !failures::is_final(&error, request.sender, request.expected.is_some()) {
                return Err(error);
            }
            Box::pin(self.record_failure(prepared, error))
        };
        Err(failing.await)
    }

    async fn record_failure<E: Error + 'static>(
        &self,
        prepared: Box<Prepared>,
        error: DispatchError<E>,
    ) -> DispatchError<E> {
        let keep_in = self.settings.record_failures.then_some(&*self.store);
        failures::record(keep_in, *prepared, &error).await;
        error
    }

    /// A command under an id that the caller gave: what came of it the first time, or what comes of it now.
    async fn unless_known<C: Command, H: CommandHandler<C>>(
        &self,
        request: &mut Pending<C>,
        prepared: &Prepared,
    ) -> Result<Receipt, DispatchError<H::Error>> {
        if let Some(receipt) = self.first_outcome(prepared).await? {
            return Ok(receipt);
        }
        self.check_expiry(request.expiry)?;
        self.handle::<C, H>(request, prepared).await
    }

    async fn handle<C: Command, H: CommandHandler<C>>(
        &self,
        request: &mut Pending<C>,
        prepared: &Prepared,
    ) -> Result<Receipt, DispatchError<H::Error>> {
        let looking = {
            let outcome = H::handle(self, request, prepared).await;
            if !prepared.needs_a_look(&outcome) {
                return outcome;
            }
            Box::pin(self.unless_stored(prepared, outcome))
        };
        looking.await
    }
}
