//! What there is: every event, aggregate, command, projection and event handler of the program.
//!
//! The macros submit a [`Registration`] for each, which `inventory` collects from every crate that is linked
//! into the program; [`Registry::collect`] runs them. The same calls made by hand give the same registry.

use crate::{
    aggregate::Aggregate, dispatch::HandledCommand, event::Event, handler::EventHandler,
    projection::Projection,
};

/// One declaration, submitted by a macro: a call that enters it into a registry.
#[derive(Clone, Copy, Debug)]
pub struct Registration(fn(&mut Registry));

impl Registration {
    /// A registration made of a call such as `|registry| registry.event::<MoneyDebited>()`.
    pub const fn new(register: fn(&mut Registry)) -> Self {
        Self(register)
    }
}

inventory::collect!(Registration);

/// Everything the dispatcher and the subscriptions know about the program.
#[derive(Debug, Default)]
pub struct Registry {}

impl Registry {
    /// Nothing: for registering by hand.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Everything the macros submitted, in every crate linked into the program.
    pub fn collect() -> Self {
        let mut registry = Self::default();
        inventory::iter::<Registration>().for_each(|registration| (registration.0)(&mut registry));
        registry
    }

    /// Enters a type of event.
    pub fn event<E: Event>(&mut self) {}

    /// Enters an aggregate.
    pub fn aggregate<A: Aggregate>(&mut self) {}

    /// Enters a command with its handler.
    pub fn command<C: HandledCommand>(&mut self) {}

    /// Enters a projection.
    pub fn projection<P: Projection>(&mut self) {}

    /// Enters an event handler.
    pub fn event_handler<H: EventHandler>(&mut self) {}
}
