//! given / then for projections in memory.

use std::{collections::HashMap, convert::Infallible, fmt, time::Duration};

use jiff::Timestamp;

use crate::{
    aggregate::{Aggregate, IntoEvents},
    clock::later,
    error_chain,
    event::{Envelope, Event, RecordedEvent},
    handler::{Concern, EventContext, Fold, Lifecycle},
    message::{EventId, Metadata, Position, StreamId, Version},
    projection::Projection,
    services::Services,
};

/// A projection in memory and the events it has seen; see [`project`].
#[must_use = "without a check nothing is tested: call `then`"]
pub struct Projecting<P: Projection + Fold> {
    state: Lifecycle<P>,
    services: Services,
    metadata: Metadata,
    versions: HashMap<StreamId, Version>,
    position: Position,
}

/// Begins a test of a projection in memory. Events are handed to it as a store would: encoded and decoded
/// again, with positions and versions that go on from event to event; those it does not handle pass it by.
///
/// ```
/// use cqrs::{prelude::*, testing::project};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct DoorOpened;
/// # #[derive(Aggregate, Serialize, Deserialize, Default)]
/// # #[aggregate(id = u32)]
/// # pub struct Door { open: bool }
/// # #[event_handler]
/// # impl Door {
/// #     fn opened(&mut self, _: &DoorOpened) { self.open = true }
/// # }
///
/// #[derive(Projection, Default)]
/// pub struct OpenDoors(std::collections::BTreeSet<u32>);
///
/// #[event_handler]
/// impl OpenDoors {
///     fn opened(&mut self, _: &DoorOpened, door: Id<Door>) { self.0.insert(*door); }
/// }
///
/// # fn main() {
/// project::<OpenDoors>()
///     .given::<Door>(&7, DoorOpened)
///     .given::<Door>(&9, DoorOpened)
///     .then(|doors| assert_eq!(doors.0, [7, 9].into()));
/// # }
/// ```
///
/// The clock moves when the test says so. Events have its time, which a handler sees in the `&Envelope`:
///
/// ```
/// # use std::time::Duration;
/// # use cqrs::{Timestamp, prelude::*, testing::project};
/// # #[derive(Event, Serialize, Deserialize)]
/// # pub struct DoorOpened;
/// # #[derive(Aggregate, Serialize, Deserialize, Default)]
/// # #[aggregate(id = u32)]
/// # pub struct Door { open: bool }
/// # #[event_handler]
/// # impl Door {
/// #     fn opened(&mut self, _: &DoorOpened) { self.open = true }
/// # }
/// #[derive(Projection, Default)]
/// pub struct LastOpened(Option<Timestamp>);
///
/// #[event_handler]
/// impl LastOpened {
///     fn opened(&mut self, _: &DoorOpened, envelope: &Envelope) { self.0 = Some(envelope.metadata.time); }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// project::<LastOpened>()
///     .at("2026-01-01T08:00:00Z".parse()?)
///     .given::<Door>(&7, DoorOpened)
///     .when_time_passes(Duration::from_secs(3_600))
///     .when::<Door>(&7, DoorOpened)
///     .then(|last| assert_eq!(last.0.unwrap().to_string(), "2026-01-01T09:00:00Z"));
/// # Ok(()) }
/// ```
pub fn project<P: Projection + Fold>() -> Projecting<P> {
    Projecting {
        state: P::initial(),
        services: Services::default(),
        metadata: Metadata::new(),
        versions: HashMap::new(),
        position: Position::START,
    }
}

impl<P: Projection + Fold> Projecting<P> {
    /// Provides a service that an event handler takes as `Inject<T>`.
    pub fn with_service<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.services.provide(service);
        self
    }

    /// Gives the events that follow this metadata.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets the time, which the events that follow have as theirs.
    pub fn at(mut self, time: Timestamp) -> Self {
        self.metadata.time = time;
        self
    }

    /// Lets time pass: the events that follow are so much later.
    pub fn when_time_passes(self, time: Duration) -> Self {
        let now = later(self.metadata.time, time);
        self.at(now)
    }

    /// Adds events of one aggregate, as [`given`](Self::given) does: the ones whose effect is tested.
    ///
    /// # Panics
    ///
    /// If an event handler fails, or an event does not survive its JSON.
    #[track_caller]
    pub fn when<A: Aggregate>(self, id: &A::Id, events: impl IntoEvents<A, Error = Infallible>) -> Self {
        self.given::<A>(id, events)
    }

    /// Adds events of one aggregate: one event, a tuple or a `Vec` of them.
    ///
    /// # Panics
    ///
    /// If an event handler fails, or an event does not survive its JSON.
    #[track_caller]
    pub fn given<A: Aggregate>(mut self, id: &A::Id, events: impl IntoEvents<A, Error = Infallible>) -> Self {
        let mut all = Vec::new();
        let Ok(()) = events.into_events(&mut all);
        for event in &all {
            self.apply(A::stream(id), event);
        }
        self
    }

    /// Adds one event of whatever stream.
    ///
    /// # Panics
    ///
    /// If the event handler fails, or the event does not survive its JSON.
    #[track_caller]
    pub fn given_event<E: Event>(mut self, stream: StreamId, event: &E) -> Self {
        self.apply(stream, event);
        self
    }

    /// Lets `check` look at what the projection has become.
    ///
    /// # Panics
    ///
    /// If no event has built it yet, or if `check` panics.
    #[track_caller]
    pub fn then(&self, check: impl FnOnce(&P)) -> &Self {
        match self.state.live() {
            Some(projection) => check(projection),
            None => panic!("no event has built the projection `{}`", P::NAME),
        }
        self
    }

    #[track_caller]
    fn apply<E: Event>(&mut self, stream: StreamId, event: &E) {
        let event = self.record(stream, event);
        let name = &event.envelope.name;
        if P::Event::KINDS.find(name).is_none() || !Concern::of(P::HANDLERS).holds(&event) {
            return;
        }
        let decoded = event.decode::<P::Event>().unwrap_or_else(|error| {
            panic!("event `{name}` does not survive its JSON: {}", error_chain::chain(&error))
        });
        let context = EventContext::recorded(&event).with_services(&self.services);
        if let Err(error) = P::fold(&mut self.state, &decoded, &context) {
            panic!(
                "projection `{}` failed on event `{name}`, version {} of {}: {}",
                P::NAME,
                event.envelope.version,
                event.envelope.stream,
                error_chain::chain(&error)
            );
        }
    }

    #[track_caller]
    fn record<E: Event>(&mut self, stream: StreamId, event: &E) -> RecordedEvent {
        let kind = event.kind();
        let payload = event
            .encode()
            .unwrap_or_else(|error| panic!("event `{}` cannot be written as JSON: {error}", kind.name));
        let version = self.versions.entry(stream.clone()).or_default();
        *version = version.next();
        self.position = self.position.next();
        let envelope = Envelope {
            id: EventId::generate(),
            stream,
            version: *version,
            name: kind.name.into(),
            schema_version: kind.version,
            metadata: self.metadata.clone(),
        };
        RecordedEvent { position: self.position, envelope, payload }
    }
}

impl<P: Projection + Fold> fmt::Debug for Projecting<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Projecting({}, {} events)", P::NAME, self.position)
    }
}
