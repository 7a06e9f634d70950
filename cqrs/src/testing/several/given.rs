//! The beginning: what has happened to each aggregate, and what the handler has at hand.

use std::{convert::Infallible, fmt, sync::Arc};

use crate::{
    aggregate::{Aggregate, IntoEvents, Rejection},
    dispatch::HandledCommand,
    event::Event,
    message::{Metadata, StreamId},
    registry::Registry,
    services::Services,
    store::{Store, memory::MemoryStore},
    testing::{core::core_on, log::Log},
};

use super::Happened;

/// What has happened to several aggregates, before a command comes; see [`aggregates`].
#[must_use = "without a command nothing is tested: call `when`"]
#[derive(Default)]
pub struct Aggregates {
    log: Log,
    services: Services,
    metadata: Metadata,
}

/// Begins a test of several aggregates, none of which exists before its events are given: for command handler functions, and for whatever
/// is decided by more than one aggregate.
///
/// What follows is the real dispatcher on a store in memory, as for [`given`](crate::testing::given).
///
/// ```
/// use cqrs::{prelude::*, testing::aggregates};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct Poured { litres: i64 }
/// # #[derive(Aggregate, Serialize, Deserialize, Default)]
/// # #[aggregate(id = u32)]
/// # pub struct Pot { litres: i64 }
/// # #[event_handler]
/// # impl Pot {
/// #     fn poured(&mut self, event: &Poured) { self.litres += event.litres }
/// # }
/// # #[derive(Debug, thiserror::Error)]
/// # pub enum PotError {
/// #     #[error("there is less in it")] TooLittle,
/// #     #[error(transparent)] Load(#[from] cqrs::repository::LoadError),
/// #     #[error(transparent)] Decision(#[from] cqrs::repository::DecisionError),
/// # }
///
/// #[derive(Command, Serialize, Deserialize)]
/// pub struct Pour { #[command(id)] from: u32, to: u32, litres: i64 }
///
/// #[command_handler]
/// async fn pour(command: Pour, pots: Repository<Pot>) -> Result<(Root<Pot>, Root<Pot>), PotError> {
///     let mut from = pots.load_or_create(&command.from).await?;
///     let mut to = pots.load_or_create(&command.to).await?;
///     if from.state().is_none_or(|pot| pot.litres < command.litres) {
///         return Err(PotError::TooLittle);
///     }
///     from.record(Poured { litres: -command.litres })?;
///     to.record(Poured { litres: command.litres })?;
///     Ok((from, to))
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let pots = || aggregates().given::<Pot>(&1, Poured { litres: 5 });
/// pots()
///     .when(Pour { from: 1, to: 2, litres: 5 })
///     .await
///     .then::<Pot>(&1, Poured { litres: -5 })
///     .then::<Pot>(&2, Poured { litres: 5 })
///     .then_nothing_else()
///     .then_state::<Pot>(&2, |pot| assert_eq!(pot.litres, 5));
/// pots()
///     .when(Pour { from: 1, to: 2, litres: 6 })
///     .await
///     .then_rejected_with(|error| assert!(matches!(error, PotError::TooLittle)));
/// # }
/// ```
pub fn aggregates() -> Aggregates {
    Aggregates::default()
}

impl Aggregates {
    /// Gives an aggregate events: one event, a tuple or a `Vec` of them, after those that it has already.
    pub fn given<A: Aggregate>(mut self, id: &A::Id, events: impl IntoEvents<A, Error = Infallible>) -> Self {
        self.log.add::<A>(id, events);
        self
    }

    /// Adds one event of whatever stream.
    ///
    /// # Panics
    ///
    /// If the event cannot be written as JSON.
    #[track_caller]
    pub fn given_event<E: Event>(mut self, stream: StreamId, event: &E) -> Self {
        self.log.add_event(stream, event);
        self
    }

    /// Provides a service that the handler takes as `Inject<T>`.
    pub fn with_service<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.services.provide(service);
        self
    }

    /// Sends the command with this metadata. The history has it, too.
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sends a command to its handler, a function or a method of an aggregate.
    ///
    /// # Panics
    ///
    /// If no aggregate can have the history that was given.
    pub async fn when<C: HandledCommand<Error: Rejection>>(self, command: C) -> Happened<C::Error> {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        self.log.store(&store, &self.metadata).await;
        // A handler may dispatch further commands.
        let mut registry = Registry::collect();
        registry.command::<C>();
        let core = core_on(&store, self.services, &registry);
        let dispatch = core.dispatcher().dispatch(command).metadata(self.metadata);
        Happened::of(&*store, dispatch).await
    }
}

impl fmt::Debug for Aggregates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Aggregates({} given)", self.log.len())
    }
}
