//! given / when / then for event handler functions.

mod handled;

use std::{any::type_name, convert::Infallible, fmt, sync::Arc};

use crate::{
    aggregate::{Aggregate, IntoEvents},
    event::{Envelope, Event, RecordedEvent},
    handler::{Concern, EventHandler, EventOf},
    message::{Metadata, Position, StreamId, Version},
    registry::{EventHandlerEntry, Registry},
    services::Services,
    store::{Store, memory::MemoryStore},
};

use super::{
    core::core_on,
    log::{Log, all_events, encoded},
};

pub use handled::Handled;

/// An event handler function and what it has at hand; see [`handler`].
#[must_use = "without an event nothing is tested: call `when`"]
pub struct Handling {
    entry: EventHandlerEntry,
    services: Services,
    metadata: Metadata,
    log: Log,
    version: Option<Version>,
}

/// Begins a test of an event handler function. The event is handed to it as a store would: encoded and decoded again.
///
/// What it loads by a `Repository` is what was [given](Handling::given), and the event. What it dispatches by
/// `Inject<Dispatcher>` is handled for real, on a store in memory, by what is linked into the test.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use cqrs::{prelude::*, testing::handler};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct AccountOpened { owner: String }
/// # #[derive(Aggregate, Serialize, Deserialize)]
/// # #[aggregate(id = u32)]
/// # pub struct Account;
/// # #[event_handler]
/// # impl Account {
/// #     fn opened(_: &AccountOpened) -> Self { Self }
/// # }
/// # #[derive(Debug, thiserror::Error, PartialEq)] #[error("no address")] pub struct NoAddress;
///
/// #[derive(Clone, Default)]
/// pub struct Outbox(Arc<Mutex<Vec<String>>>);
///
/// #[event_handler(from = now)]
/// async fn welcome(event: &AccountOpened, account: Id<Account>, outbox: Inject<Outbox>) -> Result<(), NoAddress> {
///     if event.owner.is_empty() {
///         return Err(NoAddress);
///     }
///     outbox.0.lock().unwrap().push(format!("{}, your account is {account}", event.owner));
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let outbox = Outbox::default();
/// handler(welcome)
///     .with_service(outbox.clone())
///     .when::<Account>(&7, AccountOpened { owner: "alice".into() })
///     .await
///     .then_handled();
/// assert_eq!(*outbox.0.lock().unwrap(), ["alice, your account is 7"]);
///
/// handler(welcome)
///     .with_service(outbox)
///     .when::<Account>(&7, AccountOpened { owner: String::new() })
///     .await
///     .then_failed(NoAddress);
/// # }
/// ```
///
/// # Panics
///
/// If the function is no event handler.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "the type of a function is named by the function itself")]
pub fn handler<F: 'static>(function: F) -> Handling {
    let _ = function;
    let registry = Registry::collect();
    let Some(entry) = registry.event_handler_of::<F>() else {
        panic!("`{}` is no event handler: write `#[event_handler(from = ..)]` on it", type_name::<F>())
    };
    Handling::new(&entry)
}

/// Begins a test of an event handler written by hand; see [`handler`].
pub fn handler_by_hand<H: EventHandler>() -> Handling {
    Handling::new(&EventHandlerEntry::of::<H>())
}

impl Handling {
    fn new(entry: &EventHandlerEntry) -> Self {
        let (services, metadata) = (Services::default(), Metadata::new());
        Self { entry: *entry, services, metadata, log: Log::default(), version: None }
    }

    /// Gives an aggregate events that came before: one event, a tuple or a `Vec` of them, after those that it has already.
    pub fn given<A: Aggregate>(mut self, id: &A::Id, events: impl IntoEvents<A, Error = Infallible>) -> Self {
        self.log.add::<A>(id, events);
        self
    }

    /// Provides a service that the handler takes as `Inject<T>`.
    pub fn with_service<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.services.provide(service);
        self
    }

    /// Gives the event this metadata. What came before has it, too.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Gives the event this version in its stream, whose events need not be there; neither is the event itself, for whoever loads the
    /// aggregate. By default it comes after those that were [given](Self::given), and is there.
    pub fn at_version(mut self, version: Version) -> Self {
        self.version = Some(version);
        self
    }

    /// Hands it an event of an aggregate. It is called once: how often it is tried again is not the handler's own affair.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON, or no aggregate can have the history that was given.
    pub async fn when<A: Aggregate>(self, id: &A::Id, event: impl EventOf<A>) -> Handled {
        self.when_event(A::stream(id), &event).await
    }

    /// Hands it an event of whatever stream.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON, or no aggregate can have the history that was given.
    pub async fn when_event<E: Event>(mut self, stream: StreamId, event: &E) -> Handled {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let (event, before) = self.happened(&store, stream, event).await;
        let core = core_on(&store, self.services, &Registry::collect());
        let outcome = if takes(&self.entry, &event) {
            Some((self.entry.call)(&event, core.services()).await)
        } else {
            None
        };
        let came = all_events(&*store).await.split_off(before);
        Handled::new(self.entry.name, event.envelope, outcome, came)
    }

    /// Stores what came before, and gives the event, with how many events are stored.
    async fn happened<E: Event>(
        &mut self,
        store: &Arc<dyn Store>,
        stream: StreamId,
        event: &E,
    ) -> (RecordedEvent, usize) {
        let mut log = std::mem::take(&mut self.log);
        let alone = self.version.map(|version| recorded(&stream, version, &self.metadata, event));
        if alone.is_none() {
            log.add_event(stream, event);
        }
        log.store(store, &self.metadata).await;
        let all = all_events(&**store).await;
        match alone.or_else(|| all.last().cloned()) {
            Some(event) => (event, all.len()),
            None => panic!("the event that was stored is not there"),
        }
    }
}

/// Whether the event is one for the handler.
fn takes(entry: &EventHandlerEntry, event: &RecordedEvent) -> bool {
    let info = &entry.handler;
    info.events.is_none_or(|kinds| kinds.find(&event.envelope.name).is_some())
        && Concern::of(std::slice::from_ref(info)).holds(event)
}

/// An event of a stream that is not there.
fn recorded<E: Event>(stream: &StreamId, version: Version, metadata: &Metadata, event: &E) -> RecordedEvent {
    let new = encoded(event);
    let (id, name, schema_version) = (new.id, new.name, new.schema_version);
    let (stream, metadata) = (stream.clone(), metadata.clone());
    let envelope = Envelope { id, stream, version, name, schema_version, metadata };
    RecordedEvent { position: Position::new(version.get()), envelope, payload: new.payload }
}

impl fmt::Debug for Handling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Handling({})", self.entry.name)
    }
}
