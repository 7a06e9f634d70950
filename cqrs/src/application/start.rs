//! From the parts to a running application.

use std::sync::Arc;

use tokio::sync::watch;
use tracing::info;

use crate::{
    bus::prepare_relay,
    dispatch::{CommandTable, Core, Dispatcher},
    registry::Registry,
    subscription::{Environment, Tail, reach_if_possible},
};

use super::{
    Application, ApplicationBuilder, StartError,
    health::keep_gauges,
    inner::{Inner, Key},
};

pub(super) async fn start(mut builder: ApplicationBuilder) -> Result<Application, StartError> {
    let store = builder.store.take().ok_or(StartError::NoStore)?;
    let registry = builder.registry.take().unwrap_or_else(Registry::collect);
    // The dispatcher is always there to be asked for; the core provides the real one.
    builder.services.provide(Dispatcher::detached());
    let problems = builder.problems(&*store, &registry);
    if !problems.is_empty() {
        return Err(StartError::Problems(problems));
    }
    // "Now" is before the start ends: what is dispatched right after it must not be taken for history.
    for handler in registry.event_handlers() {
        store.subscribe(handler.start).await?;
    }
    for projection in registry.projections_on(store.name()) {
        (projection.check)(&store).await?;
    }
    let head = store.head().await?;
    let commands = CommandTable::new(registry.commands().iter().copied());
    let core = Core::new(Arc::clone(&store), builder.services, commands, builder.dispatching);
    let (shutdown, watched) = watch::channel(false);
    let environment = Environment {
        tail: Arc::new(Tail::of(Arc::clone(&store))),
        store,
        throughput: Arc::default(),
        services: core.services().clone(),
        settings: builder.subscribing,
        shutdown: watched,
        owner: uuid::Uuid::now_v7(),
    };
    let inner = Arc::new(Inner::new(core, registry, environment, shutdown, builder.health));
    let projections = run_all(&inner);
    for (name, from, bus) in builder.relays {
        inner.run(Key::Relay(name), |environment| prepare_relay(name, from, bus, environment));
    }
    if !builder.health.every.is_zero() {
        inner.spawn(keep_gauges(Arc::downgrade(&inner)));
    }
    info!(events = head.get(), "application started, catching up");
    for status in projections {
        // One that cannot go on says so when it is asked for; the others and the write model need not wait for it.
        reach_if_possible(status, head).await;
    }
    Ok(Application(inner))
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
