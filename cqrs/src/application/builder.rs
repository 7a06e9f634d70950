//! What an application is made of.

use std::{any::TypeId, sync::Arc, time::Duration};

use crate::{
    Location,
    aggregate::Aggregate,
    bus::EventBus,
    clock::Clock,
    dispatch::DispatchSettings,
    handler::StartFrom,
    process::{Limits, ProcessManager},
    registry::{Problem, Registry},
    services::Services,
    store::Store,
    subscription::SubscriptionSettings,
};

use super::HealthSettings;

/// An application in the making.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # use cqrs::{bus::EventBus, handler::StartFrom};
/// # use std::time::Duration;
/// # #[derive(Default)] struct Mailer;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let bus = EventBus::in_memory();
/// let app = Application::builder()
///     .store(SqliteStore::open("bank.db")?)
///     .provide(Mailer::default()) // for handlers that take `Inject<Mailer>`
///     .require::<Account>() // even if its crate is mentioned nowhere else
///     .relay("to-bus", StartFrom::Start, bus.clone())
///     .time_limit(Duration::from_secs(5))
///     .start()
///     .await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
#[must_use = "an application runs once it is started"]
#[derive(Default)]
pub struct ApplicationBuilder {
    pub(super) store: Option<Arc<dyn Store>>,
    pub(super) services: Services,
    /// `None` means what the macros submitted.
    pub(super) registry: Option<Registry>,
    pub(super) dispatching: DispatchSettings,
    pub(super) subscribing: SubscriptionSettings,
    pub(super) health: HealthSettings,
    pub(super) expected: Vec<(TypeId, &'static str)>,
    pub(super) process_limits: Limits,
    pub(super) relays: Vec<Relay>,
    /// `None` means that of the machine.
    pub(super) clock: Option<Arc<dyn Clock>>,
}

/// A relay to be run.
pub(super) struct Relay {
    pub(super) name: &'static str,
    pub(super) from: StartFrom,
    pub(super) bus: EventBus,
    /// Where it was added.
    location: Location,
}

impl ApplicationBuilder {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Sets the store that keeps the events. There must be one.
    pub fn store(self, store: impl Store) -> Self {
        self.shared_store(Arc::new(store))
    }

    /// Sets the store that keeps the events, one that is used elsewhere, too.
    pub fn shared_store(self, store: Arc<dyn Store>) -> Self {
        Self { store: Some(store), ..self }
    }

    /// Provides a service to handlers that ask for it as `Inject<T>`. There is one of each type; a later one replaces an earlier.
    pub fn provide<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.services.provide(service);
        self
    }

    /// Sets the clock that the application goes by. Default: that of the machine.
    pub fn clock(self, clock: impl Clock) -> Self {
        Self { clock: Some(Arc::new(clock)), ..self }
    }

    /// These services, and none of those before.
    #[cfg(all(feature = "testing", feature = "sqlite"))]
    pub(crate) fn services(self, services: Services) -> Self {
        Self { services, ..self }
    }

    /// Sets the registry, one made by hand in place of what the macros submitted.
    pub fn registry(self, registry: Registry) -> Self {
        Self { registry: Some(registry), ..self }
    }

    /// Enters something into the registry by hand, beside what the macros submitted.
    pub fn register(mut self, register: impl FnOnce(&mut Registry)) -> Self {
        register(self.registry.get_or_insert_with(Registry::collect));
        self
    }

    /// Refuses to start unless this aggregate is registered. A library crate that the program nowhere mentions is
    /// not linked, and registers nothing: this catches it.
    pub fn require<A: Aggregate>(mut self) -> Self {
        self.expected.push((TypeId::of::<A>(), std::any::type_name::<A>()));
        self
    }

    /// Refuses to start unless this process manager is registered: what [`require`](Self::require) is for aggregates.
    ///
    /// ```no_run
    /// # use cqrs::{prelude::*, process::{Limits, ProcessManager}, store::memory::MemoryStore};
    /// async fn started<Registration: ProcessManager>() -> Result<Application, cqrs::application::StartError> {
    ///     let builder = Application::builder().store(MemoryStore::new()).require_process::<Registration>();
    ///     builder.process_limits(Limits { commands: 5_000, ..Limits::default() }).start().await
    /// }
    /// # fn main() {}
    /// ```
    pub fn require_process<P: ProcessManager>(mut self) -> Self {
        self.expected.push((TypeId::of::<P>(), std::any::type_name::<P>()));
        self
    }

    /// Sets how much a step of a process may be, and how long a chain of causes. What is beyond that fails, and is a dead
    /// letter of its process. Default: [`Limits::default`].
    pub fn process_limits(self, limits: Limits) -> Self {
        Self { process_limits: limits, ..self }
    }

    /// Publishes every event to a bus, in the order of the log, from a checkpoint of this name: at least once, and only
    /// what is in the log. `from` says where it begins when the store sees the name for the first time. One process
    /// at a time relays; while the bus is away, events wait in the log.
    ///
    /// An event that the bus never takes, because it is too large for example, becomes a
    /// [dead letter](super::Application::dead_letters) of this name at once. Later events of its stream queue behind it,
    /// until it is retried or skipped; other streams go on.
    #[track_caller]
    pub fn relay(mut self, name: &'static str, from: StartFrom, bus: EventBus) -> Self {
        self.relays.push(Relay { name, from, bus, location: Location::here() });
        self
    }

    /// Sets how often a command is decided again after a conflict. Default: 50.
    pub fn conflict_retries(mut self, retries: u32) -> Self {
        self.dispatching.conflict_retries = retries;
        self
    }

    /// Sets how many aggregates of each kind are kept in memory; 0 switches the cache off. Default: 10,000.
    pub fn cached_aggregates(mut self, count: usize) -> Self {
        self.dispatching.cached_aggregates = count;
        self
    }

    /// Sets how long an async command handler may take. Default: 30 seconds.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.dispatching.time_limit = limit;
        self
    }

    /// Sets whether failed commands are kept in the store. Default: yes.
    pub fn record_failures(mut self, record: bool) -> Self {
        self.dispatching.record_failures = record;
        self
    }

    /// Sets how projections and event handlers behave: batches, retries, leases.
    pub fn subscription_settings(self, settings: SubscriptionSettings) -> Self {
        Self { subscribing: settings, ..self }
    }

    /// Sets what counts as healthy, and how often the gauges are set.
    pub fn health_settings(self, settings: HealthSettings) -> Self {
        Self { health: settings, ..self }
    }

    pub(super) fn problems(&self, store: &dyn Store, registry: &Registry) -> Vec<Problem> {
        let known = |type_id: TypeId| {
            registry.aggregates().iter().any(|entry| entry.type_id == type_id)
                || registry.process_managers().iter().any(|entry| entry.type_id == type_id)
        };
        let missing = self.expected.iter().filter(|(type_id, _)| !known(*type_id));
        let mut problems: Vec<_> = missing.map(|(_, name)| Problem::NotRegistered(name)).collect();
        problems.extend(registry.problems(store.name(), &self.services));
        if !store.capabilities().several_streams {
            problems.extend(registry.over_several_streams(store.name()));
        }
        if !store.capabilities().schedules {
            problems.extend(registry.with_timers(store.name()));
        }
        let mut names = registry.subscription_names(store.name());
        for Relay { name, location, .. } in &self.relays {
            let (name, location) = (*name, *location);
            if name.contains('/') {
                problems.push(Problem::ReservedName { what: "relay", name, reserved: '/', location });
            }
            if names.contains(&name) {
                problems.push(Problem::RelayName { name, location });
            }
            names.push(name);
        }
        problems
    }
}

impl std::fmt::Debug for ApplicationBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let store = self.store.as_ref().map(|store| store.name());
        formatter.debug_struct("ApplicationBuilder").field("store", &store).finish_non_exhaustive()
    }
}
