//! What a registry keeps of each declaration.

use std::{
    any::{TypeId, type_name},
    sync::Arc,
};

use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    Location,
    aggregate::Aggregate,
    handler::{EventHandler, EventHandlerInfo, EventHandlerSettings, HandledEvent},
    projection::{Projection, RunProjection},
    store::{Store, StoreError, SubscriptionStart},
    subscription::{Environment, Facts, Running, Source, StatusSender, run_handler, start_of},
};

/// An aggregate, as a registry keeps it.
#[derive(Clone, Copy, Debug)]
pub struct AggregateEntry {
    pub(crate) type_id: TypeId,
    /// The Rust type.
    pub type_name: &'static str,
    /// The category of its streams.
    pub category: &'static str,
    /// Its event handlers.
    pub event_handlers: &'static [EventHandlerInfo],
    /// Where it is declared.
    pub location: Location,
    /// The type of its id.
    pub(crate) id: fn() -> TypeId,
}

impl AggregateEntry {
    /// Returns the entry of an aggregate.
    pub fn of<A: Aggregate>() -> Self {
        Self {
            type_id: TypeId::of::<A>(),
            type_name: type_name::<A>(),
            category: A::CATEGORY,
            event_handlers: A::HANDLERS,
            location: A::LOCATION,
            id: TypeId::of::<A::Id>,
        }
    }
}

/// Finds out whether a projection fits a store.
type Check = fn(&Arc<dyn Store>) -> BoxFuture<'_, Result<(), StoreError>>;

/// A projection, as a registry keeps it.
#[derive(Clone, Copy, Debug)]
pub struct ProjectionEntry {
    pub(crate) type_id: TypeId,
    /// The Rust type.
    pub type_name: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its former names.
    pub aliases: &'static [&'static str],
    /// The version of what it builds.
    pub version: u32,
    /// The kind of store it needs; `None` means any.
    pub backend: Option<&'static str>,
    /// Its event handlers.
    pub event_handlers: &'static [EventHandlerInfo],
    /// Where it is declared.
    pub location: Location,
    pub(crate) prepare: fn(&Environment) -> Running,
    pub(crate) check: Check,
}

impl ProjectionEntry {
    /// Returns the entry of a projection.
    pub fn of<P: Projection<Kind: RunProjection<P>>>() -> Self {
        Self {
            type_id: TypeId::of::<P>(),
            type_name: type_name::<P>(),
            name: P::NAME,
            aliases: P::ALIASES,
            version: P::VERSION,
            backend: P::Kind::BACKEND,
            event_handlers: P::HANDLERS,
            location: P::LOCATION,
            prepare: P::Kind::prepare,
            check: P::Kind::check,
        }
    }
}

/// An event handler function, as a registry keeps it.
#[derive(Clone, Copy, Debug)]
pub struct EventHandlerEntry {
    pub(crate) type_id: TypeId,
    /// The type of the function itself.
    pub(super) function: TypeId,
    /// Its name.
    pub name: &'static str,
    /// What its signature declares.
    pub handler: EventHandlerInfo,
    /// How it is run.
    pub settings: EventHandlerSettings,
    /// Whether its calls do their work without waiting.
    pub blocking: bool,
    pub(crate) start: SubscriptionStart,
    pub(crate) prepare: fn(&Environment) -> Running,
    #[cfg(feature = "testing")]
    pub(crate) call: crate::subscription::Call,
}

impl EventHandlerEntry {
    /// Returns the entry of an event handler.
    pub fn of<H: EventHandler>() -> Self {
        let prepare = prepare_event_handler::<H>;
        let start = start_of::<H>();
        let (type_id, function) = (TypeId::of::<H>(), H::function());
        Self {
            type_id,
            function,
            name: H::NAME,
            handler: H::INFO,
            settings: H::SETTINGS,
            blocking: H::BLOCKING,
            start,
            prepare,
            #[cfg(feature = "testing")]
            call: crate::subscription::call_once::<H>,
        }
    }
}

fn prepare_event_handler<H: EventHandler>(environment: &Environment) -> Running {
    let (status, watched) = StatusSender::new(H::NAME);
    let (source, requests) = Source::new(environment, H::Event::KINDS, &[H::INFO]);
    let wanted = source.wanted();
    let task = run_handler(source, status, Facts::of::<H>()).boxed();
    Running { status: watched, parts: Vec::new(), requests, wanted, model: None, task }
}
