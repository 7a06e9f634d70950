//! The beginning: what has happened, and what the handler has at hand.

use std::{convert::Infallible, fmt};

use crate::{
    aggregate::{Aggregate, IntoEvents},
    command::{Command, Decide},
    message::Metadata,
    services::Services,
};

use super::{Outcome, history, run};

/// What has happened to one aggregate, before a command comes.
#[must_use = "without a command nothing is tested: call `when`"]
pub struct Given<A: Aggregate> {
    history: Vec<A::Event>,
    services: Services,
    metadata: Metadata,
}

/// An aggregate with a history: one event, a tuple or a `Vec` of them.
///
/// What follows is the real dispatcher on a store in memory: the history is stored, read back and folded; the
/// command's existence rule is checked; what the handler decides is folded before it counts. Events are compared as
/// they are stored, by name, schema version and JSON, so that they need neither `Debug` nor `PartialEq`; where they
/// differ, the difference is shown line by line.
///
/// ```
/// # use cqrs::{aggregate::*, command::*, event::*, Location};
/// # use cqrs::handler::{EventContext, EventHandlerInfo, EventHandlers, Fold, FoldError, InMemory, Lifecycle};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)] struct DoorOpened;
/// # impl Event for DoorOpened {
/// #     const KINDS: EventKinds = EventKinds::These(&[EventKind { name: "door-opened", version: 1, aliases: &[],
/// #         type_name: "DoorOpened", location: Location::new(file!(), line!()) }]);
/// #     fn kind(&self) -> &'static EventKind { Self::KINDS.find("door-opened").unwrap() }
/// #     fn encode(&self) -> Result<Payload, serde_json::Error> { Payload::encode(self) }
/// #     fn decode(stored: &StoredEvent<'_>) -> Result<Self, DecodeError> { cqrs::event::decode(stored) }
/// # }
/// # #[derive(Serialize, Deserialize, Default)] struct Door { open: bool }
/// # impl EventHandlers for Door { type Event = DoorOpened; type Kind = InMemory;
/// #     const HANDLERS: &'static [EventHandlerInfo] = &[]; const FINGERPRINT: u64 = 1; }
/// # impl Fold for Door {
/// #     fn initial() -> Lifecycle<Self> { Lifecycle::Live(Self::default()) }
/// #     fn fold(state: &mut Lifecycle<Self>, _: &DoorOpened, _: &EventContext<'_>) -> Result<(), FoldError> {
/// #         state.change(|door| Ok(door.open = true)) } }
/// # impl Aggregate for Door { type Id = u32; const CATEGORY: &'static str = "door";
/// #     const SNAPSHOT_EVERY: Option<u64> = None; const SHAPE: u64 = 1;
/// #     const LOCATION: Location = Location::new(file!(), line!()); }
/// # impl IntoEvents<Door> for DoorOpened { type Error = std::convert::Infallible;
/// #     const EMITS: EventKinds = DoorOpened::KINDS;
/// #     fn into_events(self, events: &mut Vec<DoorOpened>) -> Result<(), Self::Error> { Ok(events.push(self)) } }
/// # #[derive(Serialize, Deserialize)] struct OpenDoor { door: u32 }
/// # impl Command for OpenDoor { type Id = u32; const NAME: &'static str = "open-door";
/// #     const ALIASES: &'static [&'static str] = &[]; const LOCATION: Location = Location::new(file!(), line!());
/// #     fn aggregate_id(&self) -> &u32 { &self.door } }
/// # #[derive(Debug, PartialEq, thiserror::Error)] enum DoorError { #[error("it is open")] IsOpen }
/// # impl Decide<OpenDoor> for Door { type Error = DoorError;
/// #     const HANDLER: CommandHandlerInfo = CommandHandlerInfo { name: "open", existence: Existence::Either,
/// #         emits: DoorOpened::KINDS, arguments: &[], location: Location::new(file!(), line!()) };
/// #     async fn decide<'a>(this: Option<&'a Self>, _: OpenDoor, _: CommandContext<'a>)
/// #         -> Result<Vec<DoorOpened>, HandlerError<DoorError>> {
/// #         if this.is_some_and(|door| door.open) { Err(HandlerError::Rejected(DoorError::IsOpen)) }
/// #         else { Ok(vec![DoorOpened]) } } }
/// use cqrs::testing::{given, given_nothing};
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// given_nothing::<Door>().when(OpenDoor { door: 7 }).await.then(DoorOpened).then_state(|door| assert!(door.open));
/// given::<Door>(DoorOpened).when(OpenDoor { door: 7 }).await.then_rejected(DoorError::IsOpen);
/// # })
/// ```
///
/// The order is part of the types: without a command there is nothing to check.
///
/// ```compile_fail,E0599
/// # use cqrs::aggregate::Aggregate;
/// fn no_command<A: Aggregate>() {
///     cqrs::testing::given_nothing::<A>().then_nothing();
/// }
/// ```
pub fn given<A: Aggregate>(history: impl IntoEvents<A, Error = Infallible>) -> Given<A> {
    let mut events = Vec::new();
    let Ok(()) = history.into_events(&mut events);
    Given { history: events, services: Services::default(), metadata: Metadata::new() }
}

/// An aggregate that does not exist yet; see [`given`].
pub fn given_nothing<A: Aggregate>() -> Given<A> {
    given(())
}

impl<A: Aggregate> Given<A> {
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

    /// Sends a command to the aggregate, whose id is the command's.
    ///
    /// # Panics
    ///
    /// If no aggregate can have the history that was given.
    #[track_caller]
    pub fn when<C>(self, command: C) -> impl Future<Output = Outcome<A, <A as Decide<C>>::Error>> + Send
    where
        A: Decide<C>,
        C: Command<Id = A::Id>,
    {
        let stream = A::stream(command.aggregate_id());
        let history = history::of::<A>(&stream, &self.metadata, &self.history);
        run::run(stream, history, self.services, self.metadata, command)
    }
}

impl<A: Aggregate> fmt::Debug for Given<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Given({} events of `{}`)", self.history.len(), A::CATEGORY)
    }
}
