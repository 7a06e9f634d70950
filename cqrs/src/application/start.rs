//! From the parts to a running application.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::{
    bus::prepare_relay,
    clock::SystemClock,
    dispatch::{CommandTable, Core, Dispatcher},
    message::Position,
    process::{self, Limits, Sender, Steps},
    registry::{Problem, Registry},
    schedule::{Poller, Timers},
    store::{LONGEST_LEASE, Store, StoreError},
    subscription::{Environment, SubscriptionSettings, Tail, reach_if_possible},
};

use super::{
    Application, ApplicationBuilder, StartError,
    builder::Relay,
    health::keep_gauges,
    inner::{Inner, Key},
};

impl ApplicationBuilder {
    /// Starts the application: collects what there is, checks it, runs it, and resolves once every projection that runs here
    /// has caught up with the events that are there. It does not wait for a projection that has stopped or stalled, that another
    /// process runs, or that is [built beside](crate::subscription::State::Building) the one that is read.
    ///
    /// # Errors
    ///
    /// [`StartError::Problems`] has all problems of the program at once, each with its place in the source. Nothing ran.
    ///
    /// ```
    /// # use cqrs::{Application, application::StartError, registry::Registry, store::memory::MemoryStore};
    /// # tokio::runtime::Runtime::new()?.block_on(async {
    /// let started = Application::builder().registry(Registry::empty()).start().await;
    /// assert!(matches!(started, Err(StartError::NoStore)));
    /// # });
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub async fn start(self) -> Result<Application, StartError> {
        starting(self).await
    }
}

/// Boxed here, so that it is compiled with this library, and not again with each program.
fn starting(builder: ApplicationBuilder) -> BoxFuture<'static, Result<Application, StartError>> {
    start(builder).boxed()
}

async fn start(mut builder: ApplicationBuilder) -> Result<Application, StartError> {
    let store = builder.store.take().ok_or(StartError::NoStore)?;
    let registry = builder.registry.take().unwrap_or_else(Registry::collect);
    // The dispatcher is always there to be asked for; the core provides the real one.
    builder.services.provide(Dispatcher::detached());
    let problems = builder.problems(&*store, &registry);
    if !problems.is_empty() {
        return Err(StartError::Problems(problems));
    }
    begin(&registry, &*store).await?;
    let problems = check_projections(&registry, &store).await?;
    if !problems.is_empty() {
        return Err(StartError::Problems(problems));
    }
    let head = head(&*store, builder.health.blocked).await?;
    let commands = CommandTable::new(registry.commands().iter().copied());
    let clock = builder.clock.unwrap_or_else(|| Arc::new(SystemClock));
    let core = Core::new(Arc::clone(&store), builder.services, commands, builder.dispatching, clock);
    let (shutdown, watched) = watch::channel(false);
    let environment = Environment {
        tail: Arc::new(Tail::of(Arc::clone(&store))),
        store,
        throughput: Arc::default(),
        services: core.services().clone(),
        clock: Arc::clone(core.clock()),
        settings: SubscriptionSettings {
            lease: builder.subscribing.lease.min(LONGEST_LEASE),
            ..builder.subscribing
        },
        shutdown: watched,
        owner: uuid::Uuid::now_v7(),
    };
    let inner = Arc::new(Inner::new(core, registry, environment, shutdown, builder.health));
    let projections = run_all(&inner);
    run_processes(&inner, builder.process_limits);
    for Relay { name, from, bus, .. } in builder.relays {
        inner.run(Key::Relay(name), |environment| prepare_relay(name, from, bus, environment));
    }
    if inner.core.store().capabilities().schedules {
        let poller = Poller::new(Arc::clone(&inner.core), &inner.environment);
        inner.spawn(poller.run());
        run_timers(&inner);
    }
    if !builder.health.every.is_zero() {
        inner.spawn(keep_gauges(Arc::downgrade(&inner)));
    }
    say_which_projections_run(&inner);
    info!(events = head.get(), "application started, catching up");
    for status in projections {
        // One that cannot go on says so when it is asked for; the others and the write model need not wait for it.
        reach_if_possible(status, head).await;
    }
    Ok(Application(inner))
}

/// Says where everything begins that keeps to a lease, if the store sees it for the first time. "Now" is before the start ends: what is
/// dispatched right after it must not be taken for history.
async fn begin(registry: &Registry, store: &dyn Store) -> Result<(), StoreError> {
    for handler in registry.event_handlers() {
        unless_damaged(store.subscribe(handler.start).await.map(drop))?;
    }
    for manager in registry.process_managers() {
        unless_damaged(process::begin(manager, store).await)?;
    }
    Ok(())
}

/// What has a checkpoint that is damaged stops and says so, and the others run.
fn unless_damaged(begun: Result<(), StoreError>) -> Result<(), StoreError> {
    match begun {
        Err(StoreError::Damaged { .. }) => Ok(()),
        begun => begun,
    }
}

fn run_processes(inner: &Inner, limits: Limits) {
    for manager in inner.registry.process_managers() {
        let core = &inner.core;
        inner.run(Key::Worker(manager.steps), |environment| {
            Steps::prepare(*manager, core, environment, limits)
        });
        inner.run(Key::Worker(manager.sender), |environment| Sender::prepare(*manager, core, environment));
    }
}

fn run_timers(inner: &Inner) {
    let owners: Vec<_> = inner.registry.process_managers().iter().map(|manager| manager.name).collect();
    if !owners.is_empty() {
        inner.spawn(Timers::new(Arc::clone(&inner.core), &inner.environment, owners).run());
    }
}

/// What is wrong with the SQL of projections. Anything else that keeps one from beginning it meets itself, and gets over.
async fn check_projections(registry: &Registry, store: &Arc<dyn Store>) -> Result<Vec<Problem>, StoreError> {
    let mut problems = Vec::new();
    for projection in registry.projections_on(store.name()) {
        match (projection.check)(store).await {
            Err(error @ StoreError::ProjectionSql { .. }) => {
                let location = projection.location;
                problems.push(Problem::ProjectionSql { error: error.to_string(), location });
            }
            checked => checked?,
        }
    }
    Ok(problems)
}

/// How far to catch up before the application is there: to all that is stored. Whoever holds readers up for long holds up the
/// projections, and not the start; nor is it passed over in silence.
async fn head(store: &dyn Store, limit: Duration) -> Result<Position, StoreError> {
    match store.wait_for_head(limit).await {
        Err(error @ StoreError::HeldUp { head, .. }) => {
            warn!(%error, "the application starts, and its projections are not up to date");
            Ok(head)
        }
        head => head,
    }
}

/// Runs every subscription that is for this store, and gives the status of each projection.
fn run_all(inner: &Inner) -> Vec<watch::Receiver<crate::subscription::Status>> {
    for handler in inner.registry.event_handlers() {
        inner.run(Key::Type(handler.type_id), handler.prepare);
    }
    let store = inner.environment.store.name();
    let projections = inner.registry.projections_on(store);
    projections
        .flat_map(|projection| inner.run(Key::Type(projection.type_id), projection.prepare).each())
        .collect()
}

/// Of several projections of one name, which is not plain to see in the source: it depends on the store.
fn say_which_projections_run(inner: &Inner) {
    let store = inner.environment.store.name();
    for (running, sleeping) in inner.registry.sleeping_projections(store) {
        info!(
            projection = running.name,
            store,
            running = running.type_name,
            sleeping = sleeping.type_name,
            "of the projections of one name, the one for this store runs, and the other sleeps"
        );
    }
}
