//! One command handler as generated code describes it: the signature and the call.

use std::convert::Infallible;

use futures_util::FutureExt;

use crate::{
    Location,
    aggregate::{Aggregate, IntoEvents, Rejection},
    handler::ArgumentInfo,
};

use super::{
    CommandContext, CommandFor, CommandHandlerInfo, Decide, Existence, HandlerError, Roots, decided,
};

/// The method of an aggregate that handles the command `C`, as `#[command_handler]` writes it; [`Decide`] follows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no command handler for `{C}`",
    note = "add `fn name(&self, command: {C}) -> Result<Event, Error>` to the `#[command_handler]` block of `{Self}`"
)]
pub trait CommandMethod<C>: Sized {
    /// What the method returns; [`Decide`] asks that it be events of the aggregate.
    type Decision;

    /// The method's name.
    const NAME: &'static str;

    /// What its receiver says.
    const EXISTENCE: Existence;

    /// Its arguments beside the command.
    const ARGUMENTS: &'static [ArgumentInfo] = &[];

    /// Where it is written.
    const LOCATION: Location;

    /// Calls it. `this` is there exactly when the aggregate exists.
    fn call<'a>(
        this: Option<&'a Self>,
        command: C,
        context: CommandContext<'a>,
    ) -> impl Future<Output = Result<Self::Decision, NotCalled>> + Send + 'a;
}

/// Why a method could not be called: an argument could not be made, or the aggregate is not there.
pub type NotCalled = HandlerError<Infallible>;

impl<C, A> Decide<C> for A
where
    C: CommandFor<A>,
    A: Aggregate + CommandMethod<C>,
    A::Decision: IntoEvents<A, Error: Rejection>,
{
    type Error = <A::Decision as IntoEvents<A>>::Error;

    const HANDLER: CommandHandlerInfo = CommandHandlerInfo {
        name: A::NAME,
        existence: A::EXISTENCE,
        emits: <A::Decision as IntoEvents<A>>::EMITS,
        roots: Roots::One,
        arguments: A::ARGUMENTS,
        location: <A as CommandMethod<C>>::LOCATION,
    };

    /// No `async fn`: one would keep a place for what it hands on.
    #[inline]
    fn decide<'a>(
        this: Option<&'a Self>,
        command: C,
        context: CommandContext<'a>,
    ) -> impl Future<Output = Result<Vec<Self::Event>, HandlerError<<A::Decision as IntoEvents<A>>::Error>>>
    + Send
    + 'a {
        A::call(this, command, context).map(|called| match called {
            Ok(decision) => decided::<A, _>(decision),
            Err(HandlerError::Rejected(never)) => match never {},
            Err(HandlerError::Argument(error)) => Err(HandlerError::Argument(error)),
            Err(HandlerError::Absent) => Err(HandlerError::Absent),
        })
    }
}
