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

/// Begins a test of an aggregate with a history: one event, a tuple or a `Vec` of them.
///
/// What follows is the real dispatcher on a store in memory: the history is stored, read back and folded; the
/// command's existence rule is checked; what the handler decides is folded before it counts. Events are compared as
/// they are stored, by name, schema version and JSON, so that they need neither `Debug` nor `PartialEq`; where they
/// differ, the difference is shown line by line.
///
/// ```
/// use cqrs::{prelude::*, testing::{given, given_nothing}};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Event, Serialize, Deserialize)]
/// pub struct DoorOpened;
///
/// #[derive(Command, Serialize, Deserialize)]
/// pub struct OpenDoor { #[command(id)] door: u32 }
///
/// #[derive(Aggregate, Serialize, Deserialize, Default)]
/// #[aggregate(id = u32)]
/// pub struct Door { open: bool }
///
/// #[event_handler]
/// impl Door {
///     fn opened(&mut self, _: &DoorOpened) { self.open = true }
/// }
///
/// #[derive(Debug, PartialEq)]
/// pub struct IsOpen;
/// # impl std::error::Error for IsOpen {}
/// # impl std::fmt::Display for IsOpen {
/// #     fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { formatter.write_str("it is open") }
/// # }
///
/// #[command_handler]
/// impl Door {
///     fn open(this: Option<&Self>, _: OpenDoor) -> Result<DoorOpened, IsOpen> {
///         if this.is_some_and(|door| door.open) { Err(IsOpen) } else { Ok(DoorOpened) }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// given_nothing::<Door>().when(OpenDoor { door: 7 }).await.then(DoorOpened).then_state(|door| assert!(door.open));
/// given::<Door>(DoorOpened).when(OpenDoor { door: 7 }).await.then_rejected(IsOpen);
/// # }
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

/// Begins a test of an aggregate that does not exist yet; see [`given`].
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
