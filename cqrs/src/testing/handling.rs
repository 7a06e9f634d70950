//! given / when / then for event handler functions.

use std::{any::type_name, error::Error, fmt};

use crate::{
    aggregate::Aggregate,
    error_chain,
    event::{Envelope, Event, RecordedEvent},
    handler::{BoxError, Concern, EventHandler, EventOf},
    message::{Metadata, Position, StreamId, Version},
    registry::{EventHandlerEntry, Registry},
    services::Services,
    testing::log::encoded,
};

/// An event handler function and what it has at hand; see [`handler`].
#[must_use = "without an event nothing is tested: call `when`"]
pub struct Handling {
    entry: EventHandlerEntry,
    services: Services,
    metadata: Metadata,
    version: Version,
}

/// Begins a test of an event handler function. The event is handed to it as a store would: encoded and decoded again.
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
    Handling::new(entry)
}

/// Begins a test of an event handler written by hand; see [`handler`].
pub fn handler_by_hand<H: EventHandler>() -> Handling {
    Handling::new(EventHandlerEntry::of::<H>())
}

impl Handling {
    fn new(entry: EventHandlerEntry) -> Self {
        let (services, metadata) = (Services::default(), Metadata::new());
        Self { entry, services, metadata, version: Version::new(1) }
    }

    /// Provides a service that the handler takes as `Inject<T>`.
    pub fn with_service<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.services.provide(service);
        self
    }

    /// Gives the event this metadata.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Gives the event this version in its stream; by default it is the first.
    pub fn at_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Hands it an event of an aggregate. It is called once: how often it is tried again is not the handler's own affair.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    pub async fn when<A: Aggregate>(self, id: &A::Id, event: impl EventOf<A>) -> Handled {
        self.when_event(A::stream(id), &event).await
    }

    /// Hands it an event of whatever stream.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    pub async fn when_event<E: Event>(self, stream: StreamId, event: &E) -> Handled {
        let event = self.recorded(stream, event);
        let info = &self.entry.handler;
        let takes = info.events.is_none_or(|kinds| kinds.find(&event.envelope.name).is_some());
        let outcome = if takes && Concern::of(std::slice::from_ref(info)).holds(&event) {
            Some((self.entry.call)(&event, &self.services).await)
        } else {
            None
        };
        Handled { handler: self.entry.name, event: event.envelope, outcome }
    }

    fn recorded<E: Event>(&self, stream: StreamId, event: &E) -> RecordedEvent {
        let new = encoded(event);
        let envelope = Envelope {
            id: new.id,
            stream,
            version: self.version,
            name: new.name,
            schema_version: new.schema_version,
            metadata: self.metadata.clone(),
        };
        RecordedEvent { position: Position::new(self.version.get()), envelope, payload: new.payload }
    }
}

impl fmt::Debug for Handling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Handling({})", self.entry.name)
    }
}

/// What an event handler made of an event. Each check panics with what was there instead.
#[must_use = "an outcome nobody checks tests nothing"]
pub struct Handled {
    handler: &'static str,
    event: Envelope,
    /// `None` if the event is none of its.
    outcome: Option<Result<(), BoxError>>,
}

impl Handled {
    /// Checks that the event was handled.
    ///
    /// # Panics
    ///
    /// With the error, if it was not.
    #[track_caller]
    pub fn then_handled(&self) {
        assert!(matches!(self.outcome, Some(Ok(()))), "expected it to be handled, but {}", self.told());
    }

    /// Checks that the handler failed with exactly this error.
    ///
    /// # Panics
    ///
    /// If it did not.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "an expectation reads as a value")]
    pub fn then_failed<E: Error + PartialEq + 'static>(&self, expected: E) {
        self.then_failed_with(|actual: &E| {
            assert!(*actual == expected, "failed with another error\n- {expected:?}\n+ {actual:?}");
        });
    }

    /// Checks that the handler failed with an `E`, and lets `check` look at it.
    ///
    /// # Panics
    ///
    /// If it did not fail, or with another error, or if `check` panics.
    #[track_caller]
    pub fn then_failed_with<E: Error + 'static>(&self, check: impl FnOnce(&E)) {
        let failure = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        match failure.and_then(|error| error.downcast_ref::<E>()) {
            Some(error) => check(error),
            None => panic!("expected a `{}`, but {}", type_name::<E>(), self.told()),
        }
    }

    /// Checks that the event passed the handler by: it takes no such event, or none of this aggregate.
    ///
    /// # Panics
    ///
    /// If the handler was called.
    #[track_caller]
    pub fn then_not_called(&self) {
        assert!(self.outcome.is_none(), "expected the event to pass it by, but {}", self.told());
    }

    fn told(&self) -> String {
        let Envelope { name, stream, version, .. } = &self.event;
        let event = format!("event `{name}`, version {version} of {stream}");
        match &self.outcome {
            None => format!("`{}` is not for {event}, and was not called", self.handler),
            Some(Ok(())) => format!("`{}` has handled {event}", self.handler),
            Some(Err(error)) => {
                format!("`{}` failed on {event}: {}", self.handler, error_chain::chain(&**error))
            }
        }
    }
}

impl fmt::Debug for Handled {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Handled({})", self.told())
    }
}
