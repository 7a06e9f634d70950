//! One command, decided by one aggregate.

use std::error::Error;

use crate::{
    Location,
    aggregate::{Aggregate, IntoEvents},
    event::EventKinds,
    handler::{ArgumentError, ArgumentInfo},
};

use super::{CommandContext, CommandFor};

/// Whether an aggregate must exist for a command, as the handler's receiver says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existence {
    /// No receiver: it must not exist yet.
    Absent,
    /// `&self`: it must exist.
    Existing,
    /// `this: Option<&Self>`: either way.
    Either,
}

/// How many aggregates a command handler may change with one command, as its return type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roots {
    /// None: it only checks.
    None,
    /// At most one.
    One,
    /// Several.
    Many,
}

impl Roots {
    /// Returns as many as both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, roots) | (roots, Self::None) => roots,
            _ => Self::Many,
        }
    }
}

/// What one command handler declares by its signature.
#[derive(Clone, Copy, Debug)]
pub struct CommandHandlerInfo {
    /// The name of the method or function.
    pub name: &'static str,
    /// Whether the aggregate must exist.
    pub existence: Existence,
    /// The events it may give.
    pub emits: EventKinds,
    /// How many aggregates it may change: one if it is a method.
    pub roots: Roots,
    /// Its arguments beside the command.
    pub arguments: &'static [ArgumentInfo],
    /// Where it is written.
    pub location: Location,
}

/// An aggregate with a handler for the command `C`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no command handler for `{C}`",
    note = "add `fn name(&self, command: {C}) -> Result<Event, Error>` to the `#[command_handler]` block of `{Self}`"
)]
pub trait Decide<C: CommandFor<Self>>: Aggregate {
    /// The domain's error; [`Infallible`](std::convert::Infallible) where the handler cannot refuse.
    type Error: Error + Send + Sync + 'static;

    /// What the handler's signature declares.
    const HANDLER: CommandHandlerInfo;

    /// Decides what happens. `this` is there exactly when the aggregate exists, and the caller has checked it
    /// against [`CommandHandlerInfo::existence`].
    fn decide<'a>(
        this: Option<&'a Self>,
        command: C,
        context: CommandContext<'a>,
    ) -> impl Future<Output = Result<Vec<Self::Event>, HandlerError<Self::Error>>> + Send + 'a;
}

/// Why a command handler gave no events.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerError<E> {
    /// The domain refuses the command.
    #[error(transparent)]
    Rejected(E),
    /// An argument of the handler could not be made.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// A handler that needs an existing aggregate was called without one.
    #[error("the handler was called without the aggregate it needs")]
    Absent,
}

/// Returns what a handler returned, as the list of events.
#[inline]
pub fn decided<A: Aggregate, R: IntoEvents<A>>(returned: R) -> Result<Vec<A::Event>, HandlerError<R::Error>> {
    let mut events = Vec::new();
    returned.into_events(&mut events).map_err(HandlerError::Rejected)?;
    Ok(events)
}

/// Returns the aggregate a handler with `&self` is called on.
#[inline]
pub fn existing<A, E>(this: Option<&A>) -> Result<&A, HandlerError<E>> {
    this.ok_or(HandlerError::Absent)
}
