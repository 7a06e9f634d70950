//! Event handlers: a fold over a set of events, whatever it builds.
//!
//! `#[event_handler]` on an `impl` block writes three things for the type: the enum of all events its methods
//! take ([`EventHandlers::Event`]), how a stored event becomes a value of it, and one `match` that calls the
//! methods. The methods' signatures say which trait that `match` is written for: [`Fold`] where they build and
//! change a state in memory (aggregates, projections in memory), [`TransactionalHandlers`] where they take a
//! transaction of a store (projections in a database). A function becomes an [`EventHandler`].

mod argument;
mod concern;
mod context;
mod correlation;
mod event_handler;
mod lifecycle;
mod member;
mod repository_argument;
mod returned;
mod settings;
mod transactional;

use crate::{
    Location,
    event::{Event, EventKinds},
};

pub use argument::{ArgumentError, ArgumentInfo, EventArgument, IdType, argument};
pub(crate) use concern::Concern;
pub use context::EventContext;
pub use correlation::Correlation;
pub use event_handler::{EventHandler, HandledEvent, StartFrom};
pub use lifecycle::{FoldError, Lifecycle};
pub use member::{EventSet, HeldEvent, Member, held};
pub use returned::{Change, End, Ended, HandlerResult};
pub use settings::EventHandlerSettings;
pub use transactional::{
    AsynchronousBackend, Backend, SynchronousBackend, TransactionArgument, TransactionalHandlers,
};

/// The future of an [`EventHandler`], and of handlers in a transaction that wait.
pub use futures_util::future::BoxFuture;

/// An error of the user's own, of any type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A type with an `#[event_handler]` block: what it handles, and the enum of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no event handlers",
    label = "no `#[event_handler]` block",
    note = "write `#[event_handler] impl {Self} {{ .. }}` with one method for each event"
)]
pub trait EventHandlers: Sized + Send + Sync + 'static {
    /// All events the block handles, one variant for each method.
    type Event: Event;

    /// What the methods work on: [`InMemory`] for a state, [`InTransaction`] for the rows of a database.
    type Kind;

    /// What each method declares.
    const HANDLERS: &'static [EventHandlerInfo];

    /// A number that changes when the block's source does; a snapshot made under another one is not used.
    const FINGERPRINT: u64;

    /// Zero, computed of what is asked of the events, by `#[event_handler]`.
    #[doc(hidden)]
    const CHECKED: usize = 0;
}

/// The kind of block whose methods build and change a state; see [`Fold`].
#[derive(Clone, Copy, Debug)]
pub struct InMemory;

/// The kind of block whose methods take a transaction of the store `B`; see [`TransactionalHandlers`].
#[derive(Clone, Copy, Debug)]
pub struct InTransaction<B: Backend>(std::marker::PhantomData<B>);

/// What one event handler declares by its signature.
#[derive(Clone, Copy, Debug)]
pub struct EventHandlerInfo {
    /// The name of the method or function.
    pub name: &'static str,
    /// The events it takes; `None` means every event there is.
    pub events: Option<EventKinds>,
    /// Its other arguments.
    pub arguments: &'static [ArgumentInfo],
    /// Whether it may fail.
    pub fallible: bool,
    /// Whether it builds the state: it has no receiver, and no transaction.
    pub builds: bool,
    /// Whether it ends the state.
    pub ends: bool,
    /// How its event finds the process it is for, where it says so.
    pub correlation: Option<Correlation>,
    /// Where it is written.
    pub location: Location,
}

impl EventHandlerInfo {
    /// Returns the handler `name`, which takes `events`, and which is written where this is called.
    #[track_caller]
    pub const fn new(name: &'static str, events: Option<EventKinds>) -> Self {
        let location = Location::here();
        Self {
            name,
            events,
            arguments: &[],
            fallible: false,
            builds: false,
            ends: false,
            correlation: None,
            location,
        }
    }

    /// Returns the handler `name` of a block for `A`, which takes `E`, and which is written where this is called.
    #[track_caller]
    pub const fn of<A: EventHandlers, E: EventOf<A>>(name: &'static str) -> Self {
        Self::new(name, Some(E::KINDS))
    }

    /// Returns the handler `name`, which takes events of these kinds, and which is written where this is called.
    #[track_caller]
    pub const fn of_kinds(name: &'static str, kinds: EventKinds) -> Self {
        Self::new(name, Some(kinds))
    }

    /// Sets its arguments beside the event.
    #[must_use]
    pub const fn taking(mut self, arguments: &'static [ArgumentInfo]) -> Self {
        self.arguments = arguments;
        self
    }

    /// Sets whether it may fail.
    #[must_use]
    pub const fn fallible(mut self, fallible: bool) -> Self {
        self.fallible = fallible;
        self
    }

    /// Says that it builds the state.
    #[must_use]
    pub const fn building(mut self) -> Self {
        self.builds = true;
        self
    }

    /// Says that it changes the state, and returns an `R`.
    #[must_use]
    pub const fn returning<R: Change>(mut self) -> Self {
        self.fallible = R::FALLIBLE;
        self.ends = R::ENDS;
        self
    }

    /// Says how its event finds the process it is for.
    #[must_use]
    pub const fn correlated(mut self, correlation: Correlation) -> Self {
        self.correlation = Some(correlation);
        self
    }

    /// Returns whether its event is a timer, which a process has set for itself.
    pub const fn is_timer(&self) -> bool {
        matches!(self.correlation, Some(Correlation::Timer))
    }

    /// Returns the aggregates whose ids it takes.
    pub fn ids(&self) -> impl Iterator<Item = IdType> + use<> {
        self.arguments.iter().filter_map(|argument| match argument {
            ArgumentInfo::Id(id) => Some(*id),
            _ => None,
        })
    }

    /// Returns whether the handler depends on nothing but the state and the event, so that replaying gives the same
    /// state again.
    pub const fn is_pure(&self) -> bool {
        let mut index = 0;
        while index < self.arguments.len() {
            if !self.arguments[index].is_pure() {
                return false;
            }
            index += 1;
        }
        !self.fallible
    }
}

/// A type whose event handlers build and change a state in memory.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no event handlers that build and change it",
    label = "needs an `#[event_handler]` block without transactions",
    note = "write `#[event_handler] impl {Self} {{ .. }}` with `fn name(event: &FirstEvent) -> Self` and `fn name(&mut self, event: &OtherEvent)`"
)]
pub trait Fold: EventHandlers {
    /// Returns the state before the first event: nothing where a handler builds it, else the type's default.
    fn initial() -> Lifecycle<Self>;

    /// Applies one event.
    fn fold(
        state: &mut Lifecycle<Self>,
        event: &Self::Event,
        context: &EventContext<'_>,
    ) -> Result<(), FoldError>;

    /// Returns the text of the id of the process that an event is for, where its handler says it by
    /// `#[correlate(expression)]`.
    fn correlated(event: &Self::Event) -> Option<String> {
        let _ = event;
        None
    }
}

/// An event that `A` has an event handler for, whose way into the enum of all of these is `Into`.
#[diagnostic::on_unimplemented(
    message = "`{A}` has no event handler for the event `{Self}`",
    label = "`{A}` would never hear of `{Self}`",
    note = "add `fn name(&mut self, event: &{Self})` to the `#[event_handler]` block of `{A}`"
)]
pub trait EventOf<A: EventHandlers>: Event + Into<A::Event> {}

#[diagnostic::do_not_recommend]
impl<A: EventHandlers, E: Event + Into<A::Event>> EventOf<A> for E {}

/// The state of a type that starts from its default, because no event handler builds it.
#[diagnostic::on_unimplemented(
    message = "nothing builds the first state of `{Self}`",
    label = "no event handler builds it, and it has no `Default`",
    note = "add `fn name(event: &FirstEvent) -> Self` to the `#[event_handler]` block of `{Self}`, or derive `Default` for it"
)]
pub trait StartsFromDefault: Sized {
    /// Returns the default, as the live state.
    fn start() -> Lifecycle<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Default> StartsFromDefault for T {
    fn start() -> Lifecycle<Self> {
        Lifecycle::Live(T::default())
    }
}
